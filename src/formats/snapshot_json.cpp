#include "isthmus/formats/snapshot_json.hpp"

#include <chrono>
#include <string>

#include "formats/json_writer.hpp"

namespace isthmus::formats {
namespace {

using resilience::BlockView;
using resilience::Diversity;
using resilience::HopLabel;
using resilience::PathView;
using resilience::ShareEstimate;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;
using resilience::VantageView;

void write_estimate(JsonWriter& json, std::string_view key, const ShareEstimate& share) {
  json.key(key).begin_object();
  json.field("estimate", share.estimate).field("low", share.low).field("high", share.high).end_object();
}

// The members of an upstream without the brackets, so that callers can add their own.
void write_upstream_members(JsonWriter& json, const UpstreamView& upstream) {
  json.field("asn", upstream.asn);
  json.field_or_null("name", upstream.name).field("state", to_string(upstream.state));
  json.field("confidence", to_string(upstream.confidence)).field("units", upstream.units);
  json.field("first_seen", upstream.first_seen);
  json.field("last_seen", upstream.last_seen);
  json.key("share").begin_object();
  write_estimate(json, "vantage", upstream.vantage);
  write_estimate(json, "address", upstream.address);
  write_estimate(json, "flow", upstream.flow);
  json.end_object();
}

JsonWriter& write_named(JsonWriter& json, Asn asn, const TargetView& target) {
  json.field("asn", asn);
  return json.field_or_null("name", resilience::name_in(target.diversity.get(), asn));
}

void write_upstreams(JsonWriter& json, const std::vector<UpstreamView>& upstreams) {
  json.key("upstreams").begin_array();
  for (const UpstreamView& upstream : upstreams) {
    json.begin_object();
    write_upstream_members(json, upstream);
    json.end_object();
  }
  json.end_array();
}

void write_router(JsonWriter& json, const resilience::Router& router) {
  json.begin_object().field("address", to_string(router.address));
  json.field("asn", router.asn);
  json.end_object();
}

// Where nothing is known, no cut is either: it is null then.
void write_cut(JsonWriter& json, std::string_view level, const resilience::Cut& cut) {
  const auto write = [&](std::string key, std::uint32_t number) {
    json.key(key);
    cut.min_cut == 0 ? json.null() : json.value(number);
  };
  write("min_cut_" + std::string(level), cut.min_cut);
  if (level == "router") write("min_cut_router_low", cut.min_cut_low);
  write("disjoint_paths_" + std::string(level), cut.disjoint_paths);
}

void write_diversity(JsonWriter& json, const Diversity& diversity, const TargetView& target) {
  write_cut(json, "as", diversity.ases);
  write_cut(json, "router", diversity.routers);
  json.key("chokepoints").begin_array();
  for (const Asn asn : diversity.chokepoints) write_named(json.begin_object(), asn, target).end_object();
  json.end_array().key("router_chokepoints").begin_array();
  for (const auto& router : diversity.router_chokepoints) write_router(json, router);
  json.end_array();
}

// Of the target as a whole, and which networks it depends on.
void write_dependence(JsonWriter& json, const TargetView& target) {
  static const resilience::TargetDiversity kNothing;
  const auto& diversity = target.diversity == nullptr ? kNothing : *target.diversity;
  write_diversity(json, diversity.whole, target);
  json.key("as_hegemony").begin_array();
  for (const auto& as : diversity.hegemony) {
    write_named(json.begin_object(), as.asn, target).field("score", as.score).end_object();
  }
  json.end_array().field("as_hegemony_vantage_ases", diversity.vantage_ases);
  json.field("blocks_on_one_as", diversity.blocks_on_one_as).field("blocks_with_known_ways", diversity.blocks_known);
}

void write_block(JsonWriter& json, const Snapshot& snapshot, const TargetView& target, const BlockView& block) {
  json.begin_object().field("block", to_string(block.block)).field("target", target.name);
  json.field("state", to_string(block.state));
  json.field("since", block.since);
  json.field("reachability_probability", block.reachability_probability);
  write_upstreams(json, block.upstreams);
  json.field("unknown_share", block.unknown_share).field("effective_upstreams", block.effective_upstreams);
  static const Diversity kUnknown;
  write_diversity(json, block.ways == nullptr ? kUnknown : block.ways->diversity, target);
  json.field("learning", block.learning).field("redundancy", to_string(block.redundancy));
  json.key("vantages").begin_array();
  for (std::size_t v = 0; v < block.vantages.size(); ++v) {
    const VantageView& vantage = snapshot.vantages.at(v);
    json.begin_object().field("vantage", vantage.name).field("state", to_string(block.vantages[v].state));
    json.field("voting", vantage.voting).field("probability", block.vantages[v].probability).end_object();
  }
  json.end_array().end_object();
}

void write_target(JsonWriter& json, const Snapshot& snapshot, const TargetView& target) {
  json.begin_object().field("target", target.name);
  json.field("asn", target.asn);
  json.field("state", to_string(target.state));
  json.field("since", target.since);
  json.field("upstream_count", target.upstream_count);
  write_upstreams(json, target.upstreams);
  json.field("unknown_share", target.unknown_share).field("effective_upstreams", target.effective_upstreams);
  json.field("redundancy", to_string(target.redundancy));
  write_dependence(json, target);
  json.key("blocks").begin_array();
  for (const BlockView& block : target.blocks) write_block(json, snapshot, target, block);
  json.end_array().key("events").begin_object();
  for (const auto& [kind, count] : target.events) json.field(to_string(kind), count);
  json.end_object().end_object();
}

// Which blocks of the target an upstream carries now.
void write_carried_blocks(JsonWriter& json, const TargetView& target, Asn upstream) {
  json.key("blocks").begin_array();
  for (const BlockView& block : target.blocks) {
    for (const UpstreamView& carrier : block.upstreams) {
      if (carrier.asn == upstream && carrier.units > 0) json.value(to_string(block.block));
    }
  }
  json.end_array();
}

void write_hop(JsonWriter& json, const Snapshot& snapshot, const Hop& hop) {
  json.begin_object().field("ttl", int{hop.ttl});
  const Reply* reply = hop.answer();
  json.field_or_null("address", reply == nullptr ? std::string() : to_string(reply->from)).key("rtt_seconds");
  reply == nullptr ? json.null() : json.value(to_seconds(reply->rtt));
  if (hop.measured) json.field("measured", *hop.measured);
  const HopLabel label = reply == nullptr || !snapshot.label ? HopLabel{} : snapshot.label(reply->from);
  json.field("asn", label.asn);
  json.field_or_null("name", label.name).end_object();
}

void write_path(JsonWriter& json, const Snapshot& snapshot, const TargetView& target, const Block& block,
                const PathView& path) {
  const Trace trace = path.trace.unpack();
  json.begin_object().field("target", target.name).field("vantage", trace.vantage);
  json.field("block", to_string(block)).field("destination", to_string(trace.destination));
  json.field("protocol", to_string(trace.protocol)).field("flow", trace.flow.value);
  json.field("started", trace.started);
  json.field("ended", trace.ended);
  json.field("stop", to_string(trace.stop));
  json.field("upstream_asn", path.upstream);
  json.field("confidence", to_string(path.confidence)).field_or_null("rule", path.rule);
  json.key("hops").begin_array();
  for (const Hop& hop : trace.hops) write_hop(json, snapshot, hop);
  json.end_array().end_object();
}

void write_report(JsonWriter& json, const ProberReport& report) {
  json.begin_object();
  json.field("time", report.time);
  json.key("sent").begin_array();
  for (const auto& sent : report.sent) {
    json.begin_object().field("engine", sent.engine).field("protocol", to_string(sent.protocol));
    json.field("probes", sent.probes).end_object();
  }
  json.end_array().key("replies_invalid").begin_object();
  for (std::size_t i = 0; i < report.invalid.size(); ++i) {
    json.field(to_string(static_cast<InvalidReason>(i)), report.invalid[i]);
  }
  json.end_object().field("receive_drops", report.receive_drops);
  json.field("observations_dropped", report.observations_dropped).field("send_failures", report.send_failures);
  json.field("denied", report.denied).field("pacing_lag_seconds", to_seconds(report.pacing_lag));
  json.field_or_null("problem", report.problem).end_object();
}

void write_vantage(JsonWriter& json, const VantageView& vantage) {
  json.begin_object().field("vantage", vantage.name);
  json.field("asn", vantage.asn);
  json.field("state", to_string(vantage.state)).field_or_null("reason", vantage.reason);
  json.field("since", vantage.since);
  json.field("last_observation", vantage.last_observation.value_or(Timestamp{}));
  json.field("controls", vantage.controls).field("controls_answering", vantage.controls_answering);
  json.key("events").begin_object();
  for (const auto& [kind, count] : vantage.events) json.field(to_string(kind), count);
  json.end_object().key("prober");
  if (vantage.report) {
    write_report(json, *vantage.report);
  } else {
    json.null();
  }
  json.end_object();
}

// {"time":..., "<name>":[...]}: `write` adds the elements of one target.
template <typename Write>
std::string document(const Snapshot& snapshot, const char* name, std::string_view only, const Write& write) {
  JsonWriter json;
  json.begin_object();
  json.field("time", snapshot.time);
  json.key(name).begin_array();
  for (const TargetView& target : snapshot.targets) {
    if (only.empty() || only == target.name) write(json, target);
  }
  return json.end_array().end_object().take();
}

}  // namespace

std::string targets_json(const Snapshot& snapshot, std::string_view only) {
  return document(snapshot, "targets", only,
                  [&](JsonWriter& json, const TargetView& target) { write_target(json, snapshot, target); });
}

std::string upstreams_json(const Snapshot& snapshot, std::string_view only) {
  return document(snapshot, "upstreams", only, [](JsonWriter& json, const TargetView& target) {
    for (const UpstreamView& upstream : target.upstreams) {
      json.begin_object().field("target", target.name);
      write_upstream_members(json, upstream);
      write_carried_blocks(json, target, upstream.asn);
      json.end_object();
    }
  });
}

std::string paths_json(const Snapshot& snapshot, std::string_view only) {
  return document(snapshot, "paths", only, [&](JsonWriter& json, const TargetView& target) {
    for (const BlockView& block : target.blocks) {
      for (const PathView& path : block.paths) {
        if (path.trace) write_path(json, snapshot, target, block.block, path);
      }
    }
  });
}

std::string snapshot_line(const Snapshot& snapshot) {
  JsonWriter json;
  json.begin_object().field("kind", "snapshot");
  json.field("time", snapshot.time);
  json.key("targets").begin_array();
  for (const TargetView& target : snapshot.targets) {
    json.begin_object().field("target", target.name).field("state", to_string(target.state));
    json.key("blocks").begin_array();
    for (const BlockView& block : target.blocks) write_block(json, snapshot, target, block);
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

std::string vantages_json(const Snapshot& snapshot) {
  JsonWriter json;
  json.begin_object();
  json.field("time", snapshot.time);
  json.field_or_null("prefix_data", snapshot.prefix_data).key("vantages").begin_array();
  for (const VantageView& vantage : snapshot.vantages) write_vantage(json, vantage);
  return json.end_array().end_object().take();
}

}  // namespace isthmus::formats
