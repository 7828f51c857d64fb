#include "app/multipath_text.hpp"

#include <fmt/format.h>

#include <numeric>

#include "formats/json_writer.hpp"

namespace isthmus::app {
namespace {

using probes::MultipathGraph;
using probes::MultipathLink;
using probes::MultipathVertex;

std::string name_of(const MultipathVertex& vertex) { return vertex.address ? to_string(*vertex.address) : "*"; }

// Whom a vertex was reached from, with the number of flows, e.g. "<- 192.0.2.1 (7), 192.0.2.5 (3)".
std::string origins_of(const MultipathGraph& graph, std::uint32_t index) {
  std::string text;
  for (const auto* steps : {&graph.links, &graph.gaps}) {
    for (const MultipathLink& step : *steps) {
      if (step.far != index) continue;
      text += fmt::format("{}{} ({})", text.empty() ? "<- " : ", ", name_of(graph.vertices[step.near]), step.flows);
    }
  }
  return text;
}

std::string network_of(const MultipathVertex& vertex, const ip2as::PrefixTable& names) {
  if (!vertex.address) return "";
  const auto origin = names.lookup(*vertex.address);
  return origin ? fmt::format("  AS{} {}", to_string(origin->asn), origin->name) : "";
}

std::string diamond_line(const probes::MultipathDiamond& diamond) {
  const std::string meet = diamond.last ? fmt::format("meet again at TTL {}", *diamond.last) : "do not meet again";
  return fmt::format("paths part at TTL {} and {}: {} wide{}{}\n", diamond.first, meet, diamond.width,
                     diamond.meshed ? ", meshed" : "", diamond.asymmetric ? ", asymmetric" : "");
}

std::string cost_line(const probes::MultipathResult& result) {
  std::string text = fmt::format("{} probes over {} flows; each branch held to a chance of {:.2g} % to be missed\n",
                                 result.probes, result.flows, 100 * result.vertex_bound);
  if (!result.switched.empty()) {
    text += fmt::format("not uniform or meshed at TTL {}: MDA there instead of MDA-Lite\n",
                        fmt::join(result.switched, ", "));
  }
  if (result.loop) text += "some flows went round in a loop\n";
  if (result.weak > 0) text += fmt::format("{} replies had been rewritten on their way\n", result.weak);
  if (result.send_failures > 0) text += fmt::format("{} packets could not be sent\n", result.send_failures);
  if (!result.complete) text += "incomplete: flows or time ran out first; there may be more paths\n";
  return text;
}

void write_steps(formats::JsonWriter& json, const std::vector<MultipathLink>& steps) {
  json.begin_array();
  for (const MultipathLink& step : steps) {
    json.begin_object().field("near", step.near).field("far", step.far).field("flows", step.flows).end_object();
  }
  json.end_array();
}

void write_vertex(formats::JsonWriter& json, std::size_t id, const MultipathVertex& vertex,
                  const ip2as::PrefixTable& names) {
  json.begin_object().field("id", id).field("ttl", static_cast<int>(vertex.ttl));
  json.field_or_null("address", vertex.address ? to_string(*vertex.address) : "");
  const auto origin = vertex.address ? names.lookup(*vertex.address) : std::nullopt;
  json.key("asn");
  if (origin) {
    json.value(origin->asn.number);
  } else {
    json.null();
  }
  json.field("flows", vertex.flows).field("ended", vertex.ended).key("rtt_ms");
  if (vertex.rtt) {
    json.value(to_seconds(*vertex.rtt) * 1e3);
  } else {
    json.null();
  }
  json.end_object();
}

void write_diamond(formats::JsonWriter& json, const probes::MultipathDiamond& diamond) {
  json.begin_object().field("first_ttl", static_cast<int>(diamond.first)).key("last_ttl");
  if (diamond.last) {
    json.value(static_cast<int>(*diamond.last));
  } else {
    json.null();
  }
  json.field("width", diamond.width).field("meshed", diamond.meshed).field("asymmetric", diamond.asymmetric);
  json.end_object();
}

void write_summary(formats::JsonWriter& json, const MultipathReport& report) {
  const probes::MultipathResult& result = report.result;
  json.field("kind", "multipath").field("vantage", report.vantage).field("target", report.target);
  json.field("source", to_string(result.source)).field("destination", to_string(result.destination));
  json.field("protocol", to_string(result.protocol)).field("algorithm", to_string(result.algorithm));
  json.field("confidence", 1 - result.failure_bound).field("vertex_failure_bound", result.vertex_bound);
  json.field("started", to_rfc3339(result.started)).field("ended", to_rfc3339(result.ended));
  json.field("complete", result.complete).field("reached", result.reached).field("loop", result.loop);
  json.field("probes", result.probes).field("flows", result.flows).field("weak_replies", result.weak);
  json.field("send_failures", result.send_failures);
  json.field("invalid_replies", std::accumulate(result.invalid.begin(), result.invalid.end(), std::uint64_t{0}));
}

// A name or a network may hold anything; DOT wants quotes and backslashes escaped.
std::string dot_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string multipath_text(const MultipathReport& report, const ip2as::PrefixTable& names) {
  const probes::MultipathResult& result = report.result;
  std::string text = fmt::format("{} ({}) by {}, {}, {:.6g} % sure to have found every path: {}\n", report.target,
                                 to_string(result.destination), to_string(result.protocol), to_string(result.algorithm),
                                 100 * (1 - result.failure_bound), result.reached ? "reached" : "not reached");
  Ttl last{0};
  for (std::uint32_t i = 0; i < result.graph.vertices.size(); ++i) {
    const MultipathVertex& vertex = result.graph.vertices[i];
    const std::string ttl = vertex.ttl == last ? "" : std::to_string(vertex.ttl);
    const std::string rtt = vertex.rtt ? fmt::format("{:.3f} ms", to_seconds(*vertex.rtt) * 1e3) : "";
    text += fmt::format("{:>4}  {:<16} {:>4} flows  {:>12}  {}{}\n", ttl, name_of(vertex), vertex.flows, rtt,
                        origins_of(result.graph, i), network_of(vertex, names));
    last = vertex.ttl;
  }
  for (const auto& diamond : result.graph.diamonds()) text += diamond_line(diamond);
  return text + cost_line(result);
}

std::string multipath_json(const MultipathReport& report, const ip2as::PrefixTable& names) {
  const probes::MultipathResult& result = report.result;
  formats::JsonWriter json;
  json.begin_object();
  write_summary(json, report);
  json.key("switched_ttls").begin_array();
  for (const Ttl ttl : result.switched) json.value(static_cast<int>(ttl));
  json.end_array().key("vertices").begin_array();
  for (std::size_t i = 0; i < result.graph.vertices.size(); ++i) {
    write_vertex(json, i, result.graph.vertices[i], names);
  }
  json.end_array().key("links");
  write_steps(json, result.graph.links);
  json.key("gaps");
  write_steps(json, result.graph.gaps);
  json.key("diamonds").begin_array();
  for (const auto& diamond : result.graph.diamonds()) write_diamond(json, diamond);
  json.end_array().end_object();
  return json.take();
}

std::string multipath_dot(const MultipathReport& report, const ip2as::PrefixTable& names) {
  const MultipathGraph& graph = report.result.graph;
  std::string text = fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", dot_quoted(report.target));
  for (std::size_t i = 0; i < graph.vertices.size(); ++i) {
    const MultipathVertex& vertex = graph.vertices[i];
    text += fmt::format("  v{} [label={}{}];\n", i,
                        dot_quoted(fmt::format("{}: {}{}", vertex.ttl, name_of(vertex), network_of(vertex, names))),
                        vertex.address ? "" : ", style=dashed");
  }
  for (const MultipathLink& link : graph.links) {
    text += fmt::format("  v{} -> v{} [label=\"{}\"];\n", link.near, link.far, link.flows);
  }
  for (const MultipathLink& gap : graph.gaps) {
    text += fmt::format("  v{} -> v{} [label=\"{}\", style=dashed];\n", gap.near, gap.far, gap.flows);
  }
  return text + "}\n";
}

}  // namespace isthmus::app
