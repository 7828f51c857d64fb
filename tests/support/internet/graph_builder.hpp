#pragma once
// Grows the AS graph: who exists, who buys from whom, who belongs together, who peers, and where they connect.
// Used once by build_graph(); one thread.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "support/internet/as_graph.hpp"
#include "support/internet/random.hpp"

namespace isthmus::testing::internet {

class GraphBuilder {
 public:
  explicit GraphBuilder(const Settings& settings);
  AsGraph build();

 private:
  // graph_ases.cpp: who exists and where.
  void add_regions();
  void add_ases();
  void number_ases();
  void place(AsIndex as);

  // graph_transit.cpp: who buys from whom, and which ASes are one organisation.
  void add_transit();
  void choose_providers(AsIndex customer);
  [[nodiscard]] AsIndex draw_provider(AsIndex customer);
  void add_siblings();
  void join(AsIndex child, AsIndex parent);
  [[nodiscard]] bool stays_acyclic(AsIndex x, AsIndex y) const;
  void merge_groups(AsIndex x, AsIndex y);
  void forgive_transit_within(std::uint32_t group);

  // graph_peerings.cpp: who peers.
  void add_clique();
  void add_private_peerings();
  void add_exchanges();
  void join_exchanges(AsIndex as, const std::vector<std::vector<std::uint32_t>>& by_region);
  void peer_at(std::uint32_t exchange);

  // graph_crossings.cpp: where they connect.
  void add_crossings();
  void cross_transit(std::uint32_t adjacency);
  void cross_peering(std::uint32_t adjacency);
  [[nodiscard]] std::uint32_t common_exchange(AsIndex a, AsIndex b) const;
  [[nodiscard]] std::uint16_t region_at(AsIndex member, std::uint32_t exchange) const;
  void list_neighbours();

  void connect(AsIndex a, AsIndex b, Contract contract);
  void disconnect(AsIndex a, AsIndex b);
  void forget_disconnected();
  [[nodiscard]] std::uint32_t find(AsIndex a, AsIndex b) const;
  [[nodiscard]] std::vector<std::uint16_t> common_regions(AsIndex a, AsIndex b) const;

  const Settings& settings_;
  Random random_;
  AsGraph graph_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  // Looked up, never walked: its order differs.
  // Preferential attachment: an AS stands in the list of a region once for each customer there, and a few times more.
  std::vector<std::vector<AsIndex>> sellers_;
  std::vector<std::vector<AsIndex>> providers_;
  std::vector<std::uint32_t> group_;  // Siblings that are connected, directly or through others, have the same.
  std::vector<std::vector<AsIndex>> group_members_;
  std::vector<std::vector<std::uint32_t>> meetings_;  // By adjacency: the exchanges where the two peer.
};

}  // namespace isthmus::testing::internet
