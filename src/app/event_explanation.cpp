#include "app/event_explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "app/explanation.hpp"
#include "app/text_columns.hpp"
#include "isthmus/formats/utf8.hpp"
#include "isthmus/inference/path_map.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kColumn = 58;

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

  [[nodiscard]] std::string conclusion(const Trace& trace) const {
    const inference::Path* path = find(trace);
    return path == nullptr ? "unknown\n" : conclusion_text(path->last_hop, data_);
  }
  [[nodiscard]] std::vector<ShownHop> hops(const Trace& trace) const {
    const inference::Path* path = find(trace);
    if (path == nullptr) return shown_hops(trace, {}, data_);
    return shown_hops(trace, map_.hops_of(target_, Block::of(trace.destination), path->key), data_);
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

std::string hop_cell(const ShownHop* hop, std::size_t address, const ip2as::NetworkData& data) {
  if (hop == nullptr) return std::string(kColumn, ' ');
  const Asn asn = hop->operator_asn.is_none() ? hop->owner : hop->operator_asn;
  std::string who = asn.is_none() ? hop->note : label_of(asn, formats::valid_utf8(data.name_of(asn)));
  if (!asn.is_none() && !hop->note.empty()) who = hop->note + ": " + who;
  return fit(fmt::format("{:>3} {} {:>9}  {}", hop->ttl, fit(hop->address, address), hop->rtt, who), kColumn);
}

std::string side_by_side(const std::vector<ShownHop>& before, const std::vector<ShownHop>& after,
                         const ip2as::NetworkData& data) {
  std::size_t address = 7;
  std::map<Ttl, std::pair<const ShownHop*, const ShownHop*>> rows;
  for (const ShownHop& hop : before) rows[hop.ttl].first = &hop;
  for (const ShownHop& hop : after) rows[hop.ttl].second = &hop;
  for (const auto* hops : {&before, &after}) {
    for (const ShownHop& hop : *hops) address = std::max(address, hop.address.size());
  }
  std::string text;
  for (const auto& [ttl, row] : rows) {
    const auto& [left, right] = row;
    const bool differs = left == nullptr || right == nullptr || left->address != right->address;
    std::string line = hop_cell(left, address, data) + (differs ? " <> " : " |  ") + hop_cell(right, address, data);
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string headline(const Event& event, const ip2as::NetworkData& data) {
  std::string text = fmt::format("Event {}: {} at {}\n", event.id, to_string(event.kind), to_rfc3339(event.time));
  std::string what = event.target.empty() ? event.vantage : event.target;
  if (event.block) what += ", " + to_string(*event.block);
  if (!event.upstream.is_none())
    what += ", " + label_of(event.upstream, formats::valid_utf8(data.name_of(event.upstream)));
  for (const std::string& line : wrap(what, kTextWidth)) text += line + "\n";
  if (!event.before.empty() || !event.after.empty()) {
    text +=
        fmt::format("{} -> {}\n", event.before.empty() ? "-" : event.before, event.after.empty() ? "-" : event.after);
  }
  for (const std::string& line : wrap(event.evidence.summary, kTextWidth)) text += line + "\n";
  return text;
}

}  // namespace

std::string explain_event(const Event& event, const config::Config& config,
                          const std::shared_ptr<const ip2as::NetworkData>& data) {
  std::string text = headline(event, *data);
  if (event.evidence.traces.empty()) return text + "\nIt rests on pings: no traces were kept with it.\n";
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
  for (const Change& change : changes) {
    text += fmt::format("\n{}\n", fit("Vantage point " + change.after->vantage, kTextWidth));
    if (change.before != nullptr) {
      text += "Before: " + trace_heading(*change.before) + "\n" + before.conclusion(*change.before);
    }
    text += "After:  " + trace_heading(*change.after) + "\n" + after.conclusion(*change.after);
    if (change.before == nullptr) {
      text += hops_text(after.hops(*change.after), *data);
    } else {
      text += side_by_side(before.hops(*change.before), after.hops(*change.after), *data);
    }
  }
  return text;
}

}  // namespace isthmus::app
