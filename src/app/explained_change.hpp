#pragma once
// The traces of an event, flow by flow, before and after, with what each side shows by itself. Pure functions; any
// thread.

#include <memory>
#include <optional>
#include <vector>

#include "app/explanation.hpp"
#include "isthmus/config/config.hpp"
#include "isthmus/inference/last_hop.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::app {

struct ExplainedTrace {
  const Trace* trace;                          ///< Of the event.
  std::optional<inference::LastHop> last_hop;  ///< Nothing when the trace says nothing about the target.
  std::vector<ShownHop> hops;
};

struct ExplainedChange {
  std::optional<ExplainedTrace> before;  ///< Nothing when one trace of this flow was kept.
  ExplainedTrace after;
};

/// `config` tells who the target is and where the vantage points stand, as far as they are still in it. The event
/// outlives what is returned.
[[nodiscard]] std::vector<ExplainedChange> explained_changes(const Event& event, const config::Config& config,
                                                             const std::shared_ptr<const ip2as::NetworkData>& data);

}  // namespace isthmus::app
