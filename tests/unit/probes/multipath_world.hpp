#pragma once
// An explorer let loose on a Fakeroute topology, and how much of the truth it found.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/multipath/explorer.hpp"
#include "support/fakeroute.hpp"

namespace isthmus::probes {

struct Exploration {
  std::set<support::Fakeroute::Place> places;
  std::set<support::Fakeroute::Link> links;
  std::size_t missed{0};  ///< True places and links that were not found.
  std::size_t wrong{0};   ///< Places and links that are not there.
  std::size_t probes{0};
  std::size_t flows{0};
  bool switched{false};
  bool complete{false};
  std::map<Ttl, std::size_t> least_followed;  ///< Flows followed through a vertex of that TTL, at least.
  std::map<Ttl, std::size_t> least_traced;    ///< Flows through a vertex that are known one TTL earlier, at least.
  [[nodiscard]] bool found_all() const { return missed == 0; }
};

template <typename T>
std::size_t count_missing(const std::set<T>& from, const std::set<T>& in) {
  std::size_t missing = 0;
  for (const T& item : in) missing += from.contains(item) ? 0 : 1;
  return missing;
}

/// Asks everything that may be asked at once, then answers in random order: as a network does.
inline Exploration explore(std::string_view topology, const ExplorerSettings& settings, std::uint64_t seed) {
  support::Fakeroute network(topology, seed);
  std::mt19937_64 random(seed);
  Explorer explorer(settings);
  Exploration found;
  std::vector<Explorer::Ask> out;
  while (true) {
    while (const auto ask = explorer.next()) {
      out.push_back(*ask);
      ++found.probes;
    }
    if (out.empty()) break;
    const std::size_t pick = random() % out.size();
    const Explorer::Ask ask = std::exchange(out[pick], out.back());
    out.pop_back();
    std::optional<Explorer::Answer> answer;
    if (const auto from = network.ask(ask.flow, ask.ttl)) {
      answer = Explorer::Answer{*from, *from == network.destination()};
    }
    explorer.answer(ask.flow, ask.ttl, answer);
  }
  const FlowMap& map = explorer.map();
  for (FlowMap::VertexId id = 1; id < map.vertices(); ++id) {
    const auto& near = map.vertex(id);
    if (!near.address) continue;
    found.places.emplace(near.ttl, *near.address);
    std::size_t traced = 0;
    for (const auto& [before, flows] : near.before) traced += flows;
    const auto keep_least = [&](auto& least, std::size_t count) {
      const auto [at, is_new] = least.try_emplace(near.ttl, count);
      if (!is_new) at->second = std::min(at->second, count);
    };
    keep_least(found.least_followed, near.followed);
    keep_least(found.least_traced, traced);
    for (const auto& [next, flows] : near.after) {
      const auto& far = map.vertex(next);
      if (far.address) found.links.insert({{near.ttl, *near.address}, {far.ttl, *far.address}});
    }
  }
  found.missed = count_missing(found.places, network.places()) + count_missing(found.links, network.links());
  found.wrong = count_missing(network.places(), found.places) + count_missing(network.links(), found.links);
  found.flows = map.flows();
  found.switched = !explorer.switched().empty();
  found.complete = explorer.complete() && explorer.finished();
  return found;
}

}  // namespace isthmus::probes
