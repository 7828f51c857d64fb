// The graph for Graphviz.

#include <fmt/format.h>

#include "app/drawing.hpp"
#include "app/flow_chart.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

std::string nodes(const std::vector<FlowChart::Node>& all, char letter, const char* attributes) {
  std::string text = "  { rank=same;\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += fmt::format("    {}{} [label={}, {}];\n", letter, i, dot_quoted(all[i].label), attributes);
  }
  return text + "  }\n";
}

std::string edges(const std::vector<FlowChart::Edge>& all, const std::vector<FlowChart::Node>& whole,
                  bool whole_is_from, const char* letters) {
  std::string text;
  for (const FlowChart::Edge& edge : all) {
    const double share = edge.weight / whole[whole_is_from ? edge.from : edge.to].weight;
    const char* style = edge.confidence == Confidence::c   ? "dotted"
                        : edge.confidence == Confidence::b ? "dashed"
                                                           : "solid";
    text += fmt::format("  {}{} -> {}{} [label=\"{} %\", penwidth={:.1f}, style={}];\n", letters[0], edge.from,
                        letters[1], edge.to, percent(share), 1 + 4 * share, style);
  }
  return text;
}

}  // namespace

std::string flow_chart_dot(const FlowChart& chart) {
  return "// Solid: confidence A. Dashed: B. Dotted: unknown. Shares are of vantage ASes.\n"
         "digraph upstreams {\n  rankdir=LR;\n  node [fontname=\"Helvetica\", fontsize=11];\n"
         "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#555555\"];\n" +
         nodes(chart.vantages, 'v', "shape=plaintext") +
         nodes(chart.upstreams, 'u', "shape=box, style=\"filled,rounded\", fillcolor=\"#cfe2f3\"") +
         nodes(chart.rows, 'b', "shape=ellipse") + edges(chart.in, chart.vantages, true, "vu") +
         edges(chart.out, chart.rows, false, "ub") + "}\n";
}

}  // namespace isthmus::app
