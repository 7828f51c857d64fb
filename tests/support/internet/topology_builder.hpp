#pragma once
// Places routers, wires and links and numbers them. Used once by the constructor of Topology; one thread.

#include <cstdint>
#include <vector>

#include "support/internet/topology.hpp"

namespace isthmus::testing::internet {

class TopologyBuilder {
 public:
  TopologyBuilder(const Settings& settings, AddressPlan& plan, Topology& topology);
  void build();

 private:
  void count_crossings();
  void place_routers();
  [[nodiscard]] Pop lay_out(AsIndex as, std::uint16_t pop);
  void route_pops(AsIndex as);
  void place_exchange_ports();
  void place_links();
  [[nodiscard]] Link private_link(const Crossing& crossing);
  [[nodiscard]] const Port& port(std::uint32_t exchange, AsIndex member) const;
  [[nodiscard]] RouterId next_border(AsIndex as, std::uint16_t region);
  [[nodiscard]] std::uint16_t pop_at(AsIndex as, std::uint16_t region) const;
  void place_customer_routers();
  void add_wires();
  void add_wires_of(AsIndex as);
  void add_wire(RouterId x, RouterId y, Numbering numbering);
  void number_loopbacks();

  struct Pair {
    RouterId x;
    RouterId y;
    LinkAddresses addresses;
  };
  const Settings& settings_;
  AddressPlan& plan_;
  Topology& out_;
  const AsGraph& graph_;
  Random random_;
  std::vector<std::uint32_t> crossings_at_;  // By PoP.
  std::vector<std::uint32_t> turn_;          // By PoP: which border router gets the next link.
  std::vector<Pair> pairs_;
};

}  // namespace isthmus::testing::internet
