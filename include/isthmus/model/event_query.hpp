#pragma once
// Which events somebody wants to see: shared by the store, the HTTP API and the command line. Value type; any
// thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "isthmus/base/time.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus {

/// All conditions must hold; an unset one holds always.
struct EventQuery {
  std::optional<Timestamp> since;  ///< Events at or after this time.
  std::optional<Timestamp> until;  ///< Events before this time.
  std::optional<EventKind> kind;
  std::string target;  ///< Empty: any.
  /// Only events with a larger id, oldest first: the way to follow the log. Without it, the latest `limit`
  /// events that match are chosen.
  std::optional<std::uint64_t> after_id;
  std::size_t limit{100};
};

}  // namespace isthmus
