#pragma once
// The archives of a replay: how often they measure, and their observations in the order of time. A thread for each
// reads it, another one puts them into order, while the caller's plays them through the core. Main thread only.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/archive_source.hpp"
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
  ArchiveSource::Skipped skipped;
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

  /// The next observation, until the next call; nullptr when there is none left.
  [[nodiscard]] const Observation* next();
  /// How much has been read, in [0, 1]; nothing when that is not known (packed files, standard input).
  [[nodiscard]] std::optional<double> share() const;
  /// Once next() has given nullptr.
  [[nodiscard]] ReplayReading reading() const;

 private:
  ArchiveReplay(std::vector<formats::ArchiveReader> readers, const std::vector<std::string>& files, ReplayScope scope,
                const OrderSettings& settings);
  std::vector<ObservationSource> begin_sources(std::vector<formats::ArchiveReader> readers);
  void order_all();
  bool receive();

  ReplayScope scope_;
  std::vector<std::unique_ptr<ArchiveSource>> archives_;
  std::vector<std::uint64_t> sizes_;  // Of the files in bytes; empty when not known.
  std::uint64_t total_size_{0};
  ReplayOrder order_;  // Belongs to the thread until that has ended, like reading the archives.
  BatchPipe<WaitingObservation> pipe_;
  std::vector<WaitingObservation> batch_;
  std::size_t taken_{0};  // Of the batch.
  ObservationPlace current_;
  std::jthread thread_;  // Last: the others live longer.
};

}  // namespace isthmus::app
