// The graph for Graphviz.

#include <fmt/format.h>

#include <map>
#include <utility>

#include "app/drawing.hpp"
#include "app/survey_output.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kMostBlocks = 200;

std::string node_of(const BlockReport& block, bool by_origin) {
  return by_origin ? "to " + label_of(block.origin, block.origin_name) : to_string(block.block);
}

std::string upstream_node(Asn asn) { return asn.is_none() ? "unknown" : "AS" + to_string(asn); }

}  // namespace

std::string survey_dot(const std::vector<BlockReport>& blocks) {
  const bool by_origin = blocks.size() > kMostBlocks;
  std::string text =
      "digraph upstreams {\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n"
      "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];\n";
  for (const UpstreamTotal& total : total_upstreams(blocks)) {
    text += fmt::format("  {} [label={}, shape=box, style=\"filled,rounded\", fillcolor=\"{}\"];\n",
                        dot_quoted(upstream_node(total.asn)), dot_quoted(label_of(total.asn, total.name)),
                        total.asn.is_none() ? "#eeeeee" : "#cfe2f3");
  }
  std::map<std::pair<std::string, std::string>, double> edges;
  std::map<std::string, std::size_t> members;
  for (const BlockReport& block : blocks) {
    const std::string node = node_of(block, by_origin);
    ++members[node];
    for (const CarriedShare& up : block.upstreams) edges[{upstream_node(up.asn), node}] += up.flow.estimate;
    if (block.unknown_share > 0) edges[{"unknown", node}] += block.unknown_share;
  }
  for (const auto& [node, count] : members) {
    const std::string label = by_origin ? fmt::format("{} ({} blocks)", node.substr(3), count) : node;
    text += fmt::format("  {} [label={}, shape=ellipse];\n", dot_quoted(node), dot_quoted(label));
  }
  for (const auto& [ends, weight] : edges) {
    const double share = weight / static_cast<double>(members[ends.second]);
    text += fmt::format("  {} -> {} [label=\"{:.0f} %\", penwidth={:.1f}{}];\n", dot_quoted(ends.first),
                        dot_quoted(ends.second), share * 100, 1 + 3 * share,
                        ends.first == "unknown" ? ", style=dashed" : "");
  }
  return text + "}\n";
}

}  // namespace isthmus::app
