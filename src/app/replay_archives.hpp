#pragma once
// The archives of a replay: how often they measure, and their observations in the order of time. A thread of its own
// reads and orders them, while the caller's plays them through the core. Main thread only.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/batch_pipe.hpp"
#include "app/replay_cadence.hpp"
#include "app/replay_order.hpp"
#include "app/replay_scope.hpp"
#include "isthmus/base/result.hpp"
#include "isthmus/formats/archive.hpp"

namespace isthmus::app {

/// Looks into the beginning of each archive that can be read twice (standard input and pipes cannot): two hours, or
/// 100,000 observations of what the scope knows.
[[nodiscard]] Result<CadenceEstimator> estimate_cadence(const std::vector<std::string>& files,
                                                        const ReplayScope& scope);

struct ReplayReading {
  std::uint64_t no_target{0};  ///< Left out, as ReplayScope::Verdict says.
  std::uint64_t no_vantage{0};
  OrderCounts order;
  std::vector<formats::ArchiveSummary> archives;  ///< In the order in which they were given.
};

class ArchiveReplay {
 public:
  /// "-" is standard input. All are opened at once, for they may overlap in time. What `scope` does not know is left
  /// out at once, so that it takes no room.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReplay>> open(const std::vector<std::string>& files,
                                                                   ReplayScope scope, const OrderSettings& settings);
  ArchiveReplay(const ArchiveReplay&) = delete;
  ArchiveReplay& operator=(const ArchiveReplay&) = delete;
  ~ArchiveReplay();

  /// The next observations, which the caller may change until its next call; nullptr when there are none left.
  [[nodiscard]] std::vector<Observation>* next();
  /// How much has been read, in [0, 1]; nothing when that is not known (packed files, standard input).
  [[nodiscard]] std::optional<double> share() const;
  /// Once next() has given nullptr.
  [[nodiscard]] ReplayReading reading() const;

 private:
  ArchiveReplay(std::vector<formats::ArchiveReader> readers, const std::vector<std::string>& files, ReplayScope scope,
                const OrderSettings& settings);
  std::vector<ObservationSource> sources();
  bool read_relevant(formats::ArchiveReader& reader, Observation& into);
  void read();
  void note_progress();

  // Down to `order_` all belongs to the reading thread until that has ended.
  std::vector<formats::ArchiveReader> readers_;
  ReplayScope scope_;
  std::uint64_t no_target_{0};
  std::uint64_t no_vantage_{0};
  std::vector<std::uint64_t> sizes_;  // Of the files in bytes; empty when not known.
  ReplayOrder order_;
  std::uint64_t total_size_{0};
  BatchPipe<Observation> pipe_;
  std::vector<Observation> current_;
  std::atomic<std::uint64_t> bytes_read_{0};
  std::jthread thread_;  // Last: the others live longer.
};

}  // namespace isthmus::app
