#pragma once
// The door of a core: batches of the stream in, messages out, each once. Knows by their numbers what was taken in
// before and what is missing. Pure; belongs to the core's thread.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/batch.hpp"
#include "isthmus/fleet/stream.hpp"

namespace isthmus::fleet {

/// Why a batch was not taken in.
enum class BatchRejection : std::uint8_t {
  malformed,        ///< It does not parse, or says what cannot be.
  other_schema,     ///< Agent and core are of different versions.
  other_vantage,    ///< It claims to be of another vantage point than its subject, which the broker vouches for.
  other_partition,  ///< It claims to be of another partition than it was read from.
  repeated,         ///< All of it was taken in before.
};
inline constexpr std::size_t kBatchRejections = 5;
[[nodiscard]] const char* to_string(BatchRejection reason);

struct IntakeStatus {
  std::uint64_t messages{0};                               ///< Taken in.
  std::array<std::uint64_t, kBatchRejections> rejected{};  ///< Batches, by BatchRejection.
  std::uint64_t missing{0};  ///< Messages that never came, as far as the numbers of later ones tell.
  std::string problem;       ///< What was wrong with the latest batch that was rejected, and whose it was.
};

class Intake {
 public:
  /// Up to where the messages of one agent's start have been taken in.
  struct Mark {
    std::uint64_t boot{0};
    std::uint64_t next{0};
    friend bool operator==(const Mark&, const Mark&) = default;
  };

  explicit Intake(std::uint32_t partition) : partition_(partition) {}

  /// The messages of a batch that are new.
  [[nodiscard]] std::vector<Message> take(const StreamMessage& message);

  [[nodiscard]] const IntakeStatus& status() const { return status_; }

  /// A mark as it has become since the last poll; without `next` it is no longer kept.
  struct Change {
    std::string vantage;
    std::uint64_t boot{0};
    std::optional<std::uint64_t> next;
    friend bool operator==(const Change&, const Change&) = default;
  };
  /// What has to be remembered across a restart; small, however many vantage points there are.
  [[nodiscard]] std::vector<Change> poll_changes();
  /// Whatever was polled is lost: the next poll tells all marks.
  void forget_polled();
  /// All of them, as they are.
  [[nodiscard]] std::vector<std::pair<std::string, Mark>> marks() const;
  /// Before anything was taken in.
  void restore(const std::string& vantage, Mark mark);

 private:
  void reject(BatchRejection reason, const StreamMessage& message, std::string problem);
  [[nodiscard]] Mark& mark_of(const BatchId& id);

  std::uint32_t partition_;
  std::map<std::string, std::vector<Mark>> marks_;  // The latest starts of each vantage point, ascending.
  std::set<std::pair<std::string, std::uint64_t>> changed_;
  IntakeStatus status_;
};

}  // namespace isthmus::fleet
