#pragma once
// The plain page: the state of everything for a person, readable without scripts, on a phone, in the dark. It is the
// page at "/" of a build without Node, and stands at "/plain" in every build. Makes no request to anywhere. Pure
// function; any thread.

#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/resilience/snapshot.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

struct PageContent {
  const resilience::Snapshot* snapshot;      ///< nullptr before the first one.
  const Result<std::vector<Event>>& events;  ///< The latest, ascending.
  const ProcessStatus& status;
};

[[nodiscard]] std::string web_page(const PageContent& content);

}  // namespace isthmus::telemetry
