#include "probes/multipath/graph.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace isthmus::probes {
namespace {

MultipathVertex make_vertex(const FlowMap::Vertex& from, const RttByPlace& rtts) {
  MultipathVertex vertex;
  vertex.ttl = from.ttl;
  vertex.address = from.address;
  vertex.flows = static_cast<std::uint32_t>(from.flows.size() + from.ended);
  vertex.ended = static_cast<std::uint32_t>(from.ended);
  if (from.address) {
    if (const auto rtt = rtts.find({from.ttl, *from.address}); rtt != rtts.end()) vertex.rtt = rtt->second;
  }
  return vertex;
}

// By TTL, address, and for the silent by whom they stand behind.
std::vector<FlowMap::VertexId> in_order(const FlowMap& map) {
  std::vector<FlowMap::VertexId> ids;
  for (FlowMap::VertexId id = FlowMap::kRoot + 1; id < map.vertices(); ++id) {
    const FlowMap::Vertex& vertex = map.vertex(id);
    if (!vertex.flows.empty() || vertex.ended > 0) ids.push_back(id);
  }
  const auto key = [&](FlowMap::VertexId id) {
    const FlowMap::Vertex& vertex = map.vertex(id);
    return std::tuple(vertex.ttl, !vertex.address, vertex.address.value_or(IpAddress()), vertex.behind, id);
  };
  std::sort(ids.begin(), ids.end(), [&](auto a, auto b) { return key(a) < key(b); });
  return ids;
}

struct Degrees {
  std::vector<std::size_t> out;
  std::vector<std::size_t> in;
};

Degrees degrees_of(const MultipathGraph& graph) {
  Degrees degrees{std::vector<std::size_t>(graph.vertices.size()), std::vector<std::size_t>(graph.vertices.size())};
  for (const auto* steps : {&graph.links, &graph.gaps}) {
    for (const MultipathLink& step : *steps) {
      ++degrees.out[step.near];
      ++degrees.in[step.far];
    }
  }
  return degrees;
}

// Two hops of a diamond: whether links cross between them, and whether some vertices have more neighbours than others.
void judge(MultipathDiamond& diamond, const MultipathGraph& graph, const Degrees& degrees, Ttl ttl) {
  const auto near = graph.at(ttl);
  const auto far = graph.at(static_cast<Ttl>(ttl + 1));
  if (near.empty() || far.empty()) return;
  const auto several = [](const auto& ids, const auto& degree) {
    return std::any_of(ids.begin(), ids.end(), [&](std::uint32_t id) { return degree[id] >= 2; });
  };
  const auto differ = [](const auto& ids, const auto& degree) {
    return std::adjacent_find(ids.begin(), ids.end(), [&](auto a, auto b) { return degree[a] != degree[b]; }) !=
           ids.end();
  };
  if (near.size() >= 2 && far.size() >= 2) {
    diamond.meshed = diamond.meshed || (near.size() >= far.size() && several(near, degrees.out)) ||
                     (near.size() <= far.size() && several(far, degrees.in));
  }
  diamond.asymmetric = diamond.asymmetric || differ(near, degrees.out) || differ(far, degrees.in);
}

}  // namespace

MultipathGraph make_graph(const FlowMap& map, const RttByPlace& rtts) {
  MultipathGraph graph;
  std::map<FlowMap::VertexId, std::uint32_t> index;
  for (const FlowMap::VertexId id : in_order(map)) {
    index[id] = static_cast<std::uint32_t>(graph.vertices.size());
    graph.vertices.push_back(make_vertex(map.vertex(id), rtts));
  }
  for (const auto& [id, near] : index) {
    for (const auto& [next, flows] : map.vertex(id).after) {
      const std::uint32_t far = index.at(next);
      const bool is_link = graph.vertices[near].address && graph.vertices[far].address;
      (is_link ? graph.links : graph.gaps).push_back({near, far, flows});
    }
  }
  for (auto* steps : {&graph.links, &graph.gaps}) {
    std::sort(steps->begin(), steps->end(),
              [](const auto& a, const auto& b) { return std::pair(a.near, a.far) < std::pair(b.near, b.far); });
  }
  return graph;
}

std::vector<std::uint32_t> MultipathGraph::at(Ttl ttl) const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < vertices.size(); ++i) {
    if (vertices[i].ttl == ttl) found.push_back(i);
  }
  return found;
}

std::vector<MultipathDiamond> MultipathGraph::diamonds() const {
  std::vector<MultipathDiamond> found;
  if (vertices.empty()) return found;
  const Degrees degrees = degrees_of(*this);
  std::optional<MultipathDiamond> open;
  for (int ttl = vertices.front().ttl; ttl <= last_ttl(); ++ttl) {
    const auto here = static_cast<Ttl>(ttl);
    const std::size_t width = at(here).size();
    if (width >= 2) {
      if (!open) open = MultipathDiamond{.first = static_cast<Ttl>(ttl - 1)};
      open->width = std::max(open->width, width);
      judge(*open, *this, degrees, here);
    } else if (open) {
      open->last = here;
      found.push_back(*std::exchange(open, std::nullopt));
    }
  }
  if (open) found.push_back(*open);
  return found;
}

const char* to_string(MultipathAlgorithm algorithm) {
  return algorithm == MultipathAlgorithm::mda ? "mda" : "mda-lite";
}

}  // namespace isthmus::probes
