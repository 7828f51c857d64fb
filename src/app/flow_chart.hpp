#pragma once
// Vantage ASes, upstreams and blocks, and how much goes from where to where: what the pictures of `isthmus infer` draw.
// Grows with each block, by some hundred bytes; belongs to one thread.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/infer_report.hpp"

namespace isthmus::app {

/// Each block weighs one, split over its vantage ASes and upstreams.
struct FlowChart {
  struct Node {
    std::string label{};
    double weight{0};
    Asn asn{};            ///< Of an upstream; none: unknown, or several together.
    bool several{false};  ///< What is too small to stand for itself.
  };
  struct Edge {
    std::size_t from{0};
    std::size_t to{0};
    std::size_t upstream{0};  ///< The end that is one.
    Confidence confidence{Confidence::c};
    double weight{0};
  };
  std::vector<Node> vantages{};
  std::vector<Node> upstreams{};  ///< Heaviest first; what is unknown comes last.
  std::vector<Node> rows{};       ///< Blocks, or groups of them when there are many.
  std::vector<Edge> in{};         ///< From vantages to upstreams, in the order of their ends.
  std::vector<Edge> out{};        ///< From upstreams to rows.
  std::size_t blocks{0};
  std::size_t vantage_count{0};
};

class FlowChartBuilder {
 public:
  /// A block that was seen from inside its target only is left out.
  void add(const InferredBlock& block);
  /// At most 40 rows, 24 vantage ASes and 24 upstreams. More blocks than that are grouped by their network and
  /// upstreams, and when these are still too many, by their main upstream.
  [[nodiscard]] FlowChart build() const;

 private:
  struct Part {
    Asn upstream{};
    Confidence confidence{Confidence::c};
    double weight{0};
  };
  struct Row {
    Block block{};
    NamedAs target{};
    std::vector<Part> parts{};  ///< Largest first, with what is unknown.
  };
  struct Source {
    std::string label{};
    std::map<std::pair<Asn, Confidence>, double> weights{};
  };

  class Assembly;

  std::vector<Row> rows_;
  std::map<std::pair<Asn, std::string>, Source> sources_;
  std::map<Asn, std::pair<std::string, double>> upstreams_;  // Label and weight.
};

/// A picture for people: edges as wide as their weight, as strong as their confidence.
[[nodiscard]] std::string flow_chart_svg(const FlowChart& chart);
/// The same for Graphviz.
[[nodiscard]] std::string flow_chart_dot(const FlowChart& chart);

}  // namespace isthmus::app
