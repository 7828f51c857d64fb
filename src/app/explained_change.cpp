#include "app/explained_change.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "isthmus/inference/path_map.hpp"

namespace isthmus::app {
namespace {

// The two traces of one flow that show a change, or the one that there is.
struct Change {
  const Trace* before{nullptr};
  const Trace* after{nullptr};
};

std::vector<Change> changes_of(const std::vector<Trace>& traces) {
  std::map<std::tuple<std::string, IpAddress, FlowId>, std::vector<const Trace*>> flows;
  for (const Trace& trace : traces) flows[{trace.vantage, trace.destination, trace.flow}].push_back(&trace);
  std::vector<Change> changes;
  for (auto& [key, all] : flows) {
    std::ranges::stable_sort(all, {}, [](const Trace* trace) { return trace->started; });
    changes.push_back({all.size() > 1 ? all.front() : nullptr, all.back()});
  }
  return changes;
}

// One side of the change, read by itself: what the other side shows must not help it.
class Side {
 public:
  Side(const std::shared_ptr<const ip2as::NetworkData>& data, const inference::TargetNetwork& network,
       const config::Config& config)
      : data_(*data), map_(data), target_(map_.add_target(network)) {
    for (const config::VantageConfig& vantage : config.vantages) map_.add_vantage(vantage.name, vantage.asn);
  }
  void add(const Trace& trace) { map_.update(trace, target_); }
  void settle() { map_.settle(map_.path_count()); }

  [[nodiscard]] ExplainedTrace explain(const Trace& trace) const {
    const inference::Path* path = find(trace);
    if (path == nullptr) return {.trace = &trace, .last_hop = std::nullopt, .hops = shown_hops(trace, {}, data_)};
    const auto views = map_.hops_of(target_, Block::of(trace.destination), path->key);
    return {.trace = &trace, .last_hop = path->last_hop, .hops = shown_hops(trace, views, data_)};
  }

 private:
  [[nodiscard]] const inference::Path* find(const Trace& trace) const {
    const auto paths = map_.paths_of(target_, Block::of(trace.destination));
    const auto found = std::ranges::find_if(paths, [&](const inference::Path& path) {
      return map_.name_of(path.key.vantage) == trace.vantage && path.key.address == trace.destination &&
             path.key.flow == trace.flow;
    });
    return found == paths.end() ? nullptr : &*found;
  }

  const ip2as::NetworkData& data_;
  inference::PathMap map_;
  inference::TargetId target_;
};

// As the configuration has it, or what the data say about where the traces went.
inference::TargetNetwork network_of(const Event& event, const config::Config& config, const ip2as::NetworkData& data) {
  for (const config::TargetConfig& target : config.targets) {
    if (target.name != event.target) continue;
    return {.name = target.name,
            .asn = target.asn,
            .prefixes = target.prefixes,
            .known_providers = target.expected_upstreams};
  }
  inference::TargetNetwork network{.name = event.target, .asn = {}, .prefixes = {}};
  const auto& traces = event.evidence.traces;
  if (!traces.empty()) network.asn = ip2as::annotate(data, traces.front().destination).asn;
  return network;
}

}  // namespace

std::vector<ExplainedChange> explained_changes(const Event& event, const config::Config& config,
                                               const std::shared_ptr<const ip2as::NetworkData>& data) {
  const inference::TargetNetwork network = network_of(event, config, *data);
  Side before(data, network, config);
  Side after(data, network, config);
  const std::vector<Change> changes = changes_of(event.evidence.traces);
  for (const Change& change : changes) {
    if (change.before != nullptr) before.add(*change.before);
    after.add(*change.after);
  }
  before.settle();
  after.settle();
  std::vector<ExplainedChange> explained;
  for (const Change& change : changes) {
    explained.push_back({.before = std::nullopt, .after = after.explain(*change.after)});
    if (change.before != nullptr) explained.back().before = before.explain(*change.before);
  }
  return explained;
}

}  // namespace isthmus::app
