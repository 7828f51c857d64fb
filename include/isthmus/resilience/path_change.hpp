#pragma once
// A path that has lastingly become another one, for the history. Value types; any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::resilience {

/// What is remembered of one path.
struct PathSummary {
  std::vector<Asn> as_path;         ///< From the vantage point on; repetitions and unmapped hops left out.
  std::optional<IpAddress> router;  ///< The last interface before the target's network that answered.
  Asn upstream;                     ///< None when undecided.
  Confidence confidence{Confidence::c};
  friend bool operator==(const PathSummary&, const PathSummary&) = default;
};

struct PathChange {
  Timestamp time{};  ///< End of the first trace that showed the new path.
  std::string target;
  Block block;
  std::string vantage;
  IpAddress address;
  FlowId flow;
  PathSummary before;
  PathSummary after;
  friend bool operator==(const PathChange&, const PathChange&) = default;
};

/// Changes that were not kept one by one, because there were too many in that hour.
struct PathChangesLeftOut {
  Timestamp hour{};  ///< Its beginning.
  std::string target;
  std::uint64_t count{0};
  friend bool operator==(const PathChangesLeftOut&, const PathChangesLeftOut&) = default;
};

struct PathChanges {
  std::vector<PathChange> kept;              ///< Oldest first.
  std::vector<PathChangesLeftOut> left_out;  ///< To be added to what was told before of the same hour and target.
  [[nodiscard]] bool empty() const { return kept.empty() && left_out.empty(); }
};

struct PathChangeQuery {
  std::string target;  ///< Empty: any.
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::size_t limit{1000};  ///< The latest.
};

}  // namespace isthmus::resilience
