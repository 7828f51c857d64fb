#include "app/event_explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "app/explained_change.hpp"
#include "app/explanation.hpp"
#include "app/text_columns.hpp"
#include "isthmus/formats/utf8.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kColumn = 58;

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

std::string conclusion_of(const ExplainedTrace& explained, const ip2as::NetworkData& data) {
  return explained.last_hop ? conclusion_text(*explained.last_hop, data) : "unknown\n";
}

}  // namespace

std::string explain_event(const Event& event, const config::Config& config,
                          const std::shared_ptr<const ip2as::NetworkData>& data) {
  std::string text = headline(event, *data);
  if (event.evidence.traces.empty()) return text + "\nIt rests on pings: no traces were kept with it.\n";
  for (const ExplainedChange& change : explained_changes(event, config, data)) {
    const auto& [before, after] = change;
    text += fmt::format("\n{}\n", fit("Vantage point " + after.trace->vantage, kTextWidth));
    if (before) text += "Before: " + trace_heading(*before->trace) + "\n" + conclusion_of(*before, *data);
    text += "After:  " + trace_heading(*after.trace) + "\n" + conclusion_of(after, *data);
    text += before ? side_by_side(before->hops, after.hops, *data) : hops_text(after.hops, *data);
  }
  return text;
}

}  // namespace isthmus::app
