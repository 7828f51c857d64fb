#pragma once
// The door of a core: batches of the stream in, messages out, each once. Knows by their numbers what was taken in
// before and what is missing. Pure; belongs to the core's thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fleet/stream_reader.hpp"
#include "isthmus/fleet/batch.hpp"

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
  /// By vantage point, its latest starts, ascending: what has to be remembered across a restart.
  [[nodiscard]] const std::map<std::string, std::vector<Mark>>& marks() const { return marks_; }
  void restore(std::map<std::string, std::vector<Mark>> marks) { marks_ = std::move(marks); }

 private:
  void reject(BatchRejection reason, const StreamMessage& message, std::string problem);
  [[nodiscard]] Mark& mark_of(const BatchId& id);

  std::uint32_t partition_;
  std::map<std::string, std::vector<Mark>> marks_;
  IntakeStatus status_;
};

}  // namespace isthmus::fleet
