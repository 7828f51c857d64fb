#include "app/flow_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kMostRows = 40;
constexpr std::size_t kMostSources = 24;
constexpr std::size_t kMostUpstreams = 24;

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Nodes by number, and the number of each key; what comes after `most` shares one node.
struct Numbering {
  std::vector<FlowChart::Node> nodes;
  std::map<Asn, std::size_t> of;
};

Numbering number_upstreams(const std::map<Asn, std::pair<std::string, double>>& upstreams) {
  std::vector<std::pair<Asn, std::pair<std::string, double>>> order(upstreams.begin(), upstreams.end());
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) {
    if (a.first.is_none() != b.first.is_none()) return b.first.is_none();
    return a.second.second > b.second.second;
  });
  const std::size_t known = order.size() - (upstreams.contains(Asn{}) ? 1 : 0);
  const std::size_t shown = known <= kMostUpstreams ? known : kMostUpstreams - 1;
  Numbering numbering;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& [asn, upstream] = order[i];
    if (i < shown || asn.is_none()) {
      numbering.nodes.push_back({upstream.first, 0, asn, false});
    } else if (i == shown) {
      numbering.nodes.push_back({counted(known - shown, "more upstream"), 0, {}, true});
    }
    numbering.of[asn] = numbering.nodes.size() - 1;
  }
  return numbering;
}

// Edges of the same ends and confidence are one.
class Edges {
 public:
  void add(std::size_t from, std::size_t to, std::size_t upstream, Confidence confidence, double weight) {
    FlowChart::Edge& edge = edges_[{from, to, confidence}];
    edge = {from, to, upstream, confidence, edge.weight + weight};
  }
  [[nodiscard]] std::vector<FlowChart::Edge> take() const {
    std::vector<FlowChart::Edge> all;
    for (const auto& [ends, edge] : edges_) all.push_back(edge);
    return all;
  }

 private:
  std::map<std::tuple<std::size_t, std::size_t, Confidence>, FlowChart::Edge> edges_;
};

}  // namespace

void FlowChartBuilder::add(const InferredBlock& block) {
  if (block.from.empty()) return;
  Row row{block.block, block.target, {}};
  std::set<std::pair<Asn, std::string>> witnesses;
  for (const VantageShare& from : block.from) witnesses.insert({from.vantage.asn, from.vantage.name});
  for (const VantageShare& from : block.from) {
    const double weight = from.share / static_cast<double>(witnesses.size());
    Source& source = sources_[{from.vantage.asn, from.vantage.name}];
    source.label = from.vantage.asn.is_none() ? from.vantage.name : label_of(from.vantage.asn, from.vantage.name);
    const Confidence confidence = from.upstream.is_none() ? Confidence::c : from.confidence;
    source.weights[{from.upstream, confidence}] += weight;
    const auto known = std::ranges::find_if(
        row.parts, [&](const Part& part) { return part.upstream == from.upstream && part.confidence == confidence; });
    if (known == row.parts.end()) {
      row.parts.push_back({from.upstream, confidence, weight});
    } else {
      known->weight += weight;
    }
    upstreams_.try_emplace(from.upstream, "unknown", 0).first->second.second += weight;
  }
  for (const InferredUpstream& up : block.upstreams) upstreams_[up.as.asn].first = label_of(up.as.asn, up.as.name);
  std::ranges::stable_sort(row.parts, std::greater{}, &Part::weight);
  rows_.push_back(std::move(row));
}

// Puts a chart together from what was added.
class FlowChartBuilder::Assembly {
 public:
  explicit Assembly(const FlowChartBuilder& added)
      : added_(added), upstreams_(number_upstreams(added.upstreams_)), labels_(row_labels()) {}

  FlowChart build() {
    add_sources();
    add_rows();
    chart_.upstreams = std::move(upstreams_.nodes);
    chart_.blocks = added_.rows_.size();
    chart_.vantage_count = added_.sources_.size();
    return std::move(chart_);
  }

 private:
  // The heaviest vantage ASes; the others together.
  void add_sources() {
    std::vector<const Source*> sources;
    for (const auto& [key, source] : added_.sources_) sources.push_back(&source);
    std::ranges::stable_sort(sources, std::greater{}, [](const Source* source) {
      double all = 0;
      for (const auto& [key, weight] : source->weights) all += weight;
      return all;
    });
    const std::size_t shown = sources.size() <= kMostSources ? sources.size() : kMostSources - 1;
    Edges edges;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (i < shown) chart_.vantages.push_back({sources[i]->label, 0, {}, false});
      if (i == shown) {
        chart_.vantages.push_back({fmt::format("{} more vantage ASes", sources.size() - shown), 0, {}, true});
      }
      const std::size_t from = chart_.vantages.size() - 1;
      for (const auto& [key, weight] : sources[i]->weights) {
        const std::size_t to = upstreams_.of.at(key.first);
        chart_.vantages[from].weight += weight;
        upstreams_.nodes[to].weight += weight;
        edges.add(from, to, to, key.second, weight);
      }
    }
    chart_.in = edges.take();
  }

  // Groups stand beside the upstream that carries most of them.
  void add_rows() {
    std::map<std::string, std::size_t> sizes;
    for (const std::string& label : labels_) ++sizes[label];
    const bool grouped = sizes.size() < labels_.size();
    std::vector<std::size_t> order(labels_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (grouped) {
      std::ranges::stable_sort(order, {}, [this](std::size_t i) { return main_upstream(added_.rows_[i]); });
    }
    std::map<std::string, std::size_t> numbers;
    Edges edges;
    for (const std::size_t i : order) {
      const std::size_t size = sizes[labels_[i]];
      const auto [entry, is_new] = numbers.try_emplace(labels_[i], chart_.rows.size());
      if (is_new) chart_.rows.push_back({grouped ? counted(size, "block") + labels_[i] : labels_[i], 0, {}, size > 1});
      for (const Part& part : added_.rows_[i].parts) {
        const std::size_t from = upstreams_.of.at(part.upstream);
        chart_.rows[entry->second].weight += part.weight;
        edges.add(from, entry->second, from, part.confidence, part.weight);
      }
    }
    chart_.out = edges.take();
  }

  // Which row each block belongs to, by the row's label without its count.
  [[nodiscard]] std::vector<std::string> row_labels() const {
    std::vector<std::string> labels;
    const auto label_all = [&](const auto& label) {
      labels.clear();
      std::set<std::string> different;
      for (const Row& row : added_.rows_) different.insert(labels.emplace_back(label(row)));
      return different.size() <= kMostRows;
    };
    if (label_all([](const Row& row) { return to_string(row.block); })) return labels;
    const auto by_network = [](const Row& row) {
      std::set<Asn> by;
      for (const Part& part : row.parts) by.insert(part.upstream);
      std::string text;
      for (const Asn asn : by) {
        text += (text.empty() ? "" : " + ") + (asn.is_none() ? "unknown" : "AS" + to_string(asn));
      }
      return " of " + row.target.name + " by " + text;
    };
    if (label_all(by_network)) return labels;
    label_all([this](const Row& row) { return " mostly by " + upstreams_.nodes[main_upstream(row)].label; });
    return labels;
  }

  // Every block has a path, and so a part.
  [[nodiscard]] std::size_t main_upstream(const Row& row) const { return upstreams_.of.at(row.parts.front().upstream); }

  const FlowChartBuilder& added_;
  Numbering upstreams_;
  std::vector<std::string> labels_;
  FlowChart chart_;
};

FlowChart FlowChartBuilder::build() const { return Assembly(*this).build(); }

}  // namespace isthmus::app
