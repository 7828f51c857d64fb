#include "telemetry/overview.hpp"

#include <array>
#include <cmath>

#include "formats/json_writer.hpp"
#include "isthmus/resilience/diversity.hpp"
#include "telemetry/seen_units.hpp"
#include "telemetry/warnings.hpp"

namespace isthmus::telemetry {
namespace {

using formats::JsonWriter;
using resilience::BlockView;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;
using resilience::VantageView;

// Nobody reads a map to the last digit.
double rounded(double number) { return std::round(number * 1e4) / 1e4; }

void write_units(JsonWriter& json, const UnitsByUpstream& units) {
  json.key("units").begin_array();
  for (const auto& [asn, count] : units) {
    json.begin_object().field("asn", asn);
    json.field("units", rounded(count)).end_object();
  }
  json.end_array();
}

void write_upstream(JsonWriter& json, const UpstreamView& upstream) {
  json.begin_object();
  json.field("asn", upstream.asn);
  json.field_or_null("name", upstream.name).field("state", to_string(upstream.state));
  json.field("confidence", to_string(upstream.confidence));
  json.field("last_seen", upstream.last_seen);
  json.key("share").begin_object().field("estimate", rounded(upstream.vantage.estimate));
  json.field("low", rounded(upstream.vantage.low)).field("high", rounded(upstream.vantage.high));
  json.end_object().end_object();
}

void write_block(JsonWriter& json, const BlockView& block, const UnitsByUpstream& units) {
  json.begin_object().field("block", to_string(block.block)).field("state", to_string(block.state));
  json.field("since", block.since);
  json.field("learning", block.learning).field("redundancy", to_string(block.redundancy));
  json.key("lost_upstreams").begin_array();
  for (const UpstreamView& upstream : block.upstreams) {
    if (upstream.state == State::down) json.value(upstream.asn.number);
  }
  json.end_array();
  write_units(json, units);
  json.end_object();
}

// What a target's blocks come to when added up.
struct Sums {
  std::array<std::size_t, kStates.size()> by_state{};
  std::size_t redundancy_lost{0};
  UnitsByUpstream units;
};

void write_sums(JsonWriter& json, const Sums& sums) {
  json.key("blocks_by_state").begin_object();
  for (const State state : kStates) json.field(to_string(state), sums.by_state[static_cast<std::size_t>(state)]);
  json.end_object().field("blocks_without_redundancy_they_had", sums.redundancy_lost);
  write_units(json, sums.units);
}

void write_blocks(JsonWriter& json, const TargetView& target, SeenUnits& seen, bool listed) {
  Sums sums;
  json.key("blocks").begin_array();
  for (const BlockView& block : target.blocks) {
    const UnitsByUpstream units = seen.add(block);
    ++sums.by_state[static_cast<std::size_t>(block.state)];
    if (block.redundancy == resilience::Redundancy::lost) ++sums.redundancy_lost;
    for (const auto& [asn, count] : units) sums.units[asn] += count;
    if (listed) write_block(json, block, units);
  }
  json.end_array();
  write_sums(json, sums);
}

void write_cut(JsonWriter& json, const TargetView& target) {
  static const resilience::Diversity kUnknown;
  const auto& whole = target.diversity == nullptr ? kUnknown : target.diversity->whole;
  json.key("min_cut_as");
  whole.ases.min_cut == 0 ? json.null() : json.value(whole.ases.min_cut);
  json.key("chokepoints").begin_array();
  for (const Asn asn : whole.chokepoints) {
    json.begin_object().field("asn", asn);
    json.field_or_null("name", resilience::name_in(target.diversity.get(), asn)).end_object();
  }
  json.end_array();
}

void write_target(JsonWriter& json, const TargetView& target, SeenUnits& seen, bool listed) {
  json.begin_object().field("target", target.name);
  json.field("asn", target.asn);
  json.field("state", to_string(target.state));
  json.field("since", target.since);
  json.field("redundancy", to_string(target.redundancy)).field("upstream_count", target.upstream_count);
  json.field("unknown_share", rounded(target.unknown_share));
  write_cut(json, target);
  json.key("upstreams").begin_array();
  for (const UpstreamView& upstream : target.upstreams) write_upstream(json, upstream);
  json.end_array();
  write_blocks(json, target, seen, listed);
  json.end_object();
}

void write_vantage(JsonWriter& json, const VantageView& vantage, const UnitsByUpstream& units) {
  json.begin_object().field("vantage", vantage.name);
  json.field("asn", vantage.asn);
  json.field("state", to_string(vantage.state)).field("voting", vantage.voting);
  json.field_or_null("reason", vantage.reason);
  json.field_or_null("problem", vantage.report ? std::string_view(vantage.report->problem) : std::string_view());
  json.field("since", vantage.since);
  json.field("last_observation", vantage.last_observation.value_or(Timestamp{}));
  json.field("controls", vantage.controls).field("controls_answering", vantage.controls_answering);
  write_units(json, units);
  json.end_object();
}

}  // namespace

std::string overview_json(const Snapshot& snapshot, const ProcessStatus& status) {
  std::size_t blocks = 0;
  for (const TargetView& target : snapshot.targets) blocks += target.blocks.size();
  const bool listed = blocks <= kMaxBlocksListed;
  JsonWriter json;
  json.begin_object();
  json.field("time", snapshot.time);
  json.field("version", status.version).field("blocks", blocks).field("blocks_listed", listed);
  json.key("warnings").begin_array();
  for (const std::string& warning : warnings(status)) json.value(warning);
  json.end_array().key("targets").begin_array();
  SeenUnits seen(snapshot.vantages);
  for (const TargetView& target : snapshot.targets) write_target(json, target, seen, listed);
  json.end_array().key("vantages").begin_array();
  for (std::size_t v = 0; v < snapshot.vantages.size(); ++v) {
    write_vantage(json, snapshot.vantages[v], seen.by_vantage()[v]);
  }
  return json.end_array().end_object().take();
}

}  // namespace isthmus::telemetry
