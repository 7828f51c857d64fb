#pragma once
// Writes what each vantage point is to do into the bucket that agents watch, and sets up what a fleet needs at the
// broker. Used by whoever has the configuration; may be called as often as one likes, and from several places. Any
// thread; blocks.

#include <memory>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/assignment.hpp"
#include "isthmus/fleet/connection.hpp"

namespace isthmus::fleet {

/// What became of one vantage point's assignment.
struct Assigned {
  enum class Outcome : std::uint8_t {
    unchanged,
    created,
    changed,
    /// Of a vantage point that the configuration does not have, and left as it is:
    left_over,
    /// such a one was given nothing to do.
    withdrawn,
  };
  std::string vantage;
  Outcome outcome{Outcome::unchanged};
  std::uint64_t serial{0};  ///< That is in force now.
};
[[nodiscard]] const char* to_string(Assigned::Outcome outcome);

struct AssignOptions {
  bool dry_run{false};   ///< Only says what would be done.
  bool withdraw{false};  ///< Gives vantage points that are not among `wanted` nothing to do.
  Timestamp now{};
  Duration longest{std::chrono::seconds(10)};  ///< To wait for the broker.
};

/// Creates the stream and the buckets as needed, and writes what changed; `wanted` need have no serials and times. By
/// vantage point, ascending. Errors: busy (no broker), refused, permission_denied; what was written before stays
/// written.
[[nodiscard]] Result<std::vector<Assigned>> assign(Broker& broker, const StreamSettings& stream,
                                                   std::vector<Assignment> wanted, const AssignOptions& options);

}  // namespace isthmus::fleet
