#pragma once
// The routers of every AS, their interior wires and the links between ASes, with all addresses. Built once, then
// immutable; any thread reads.

#include <cstdint>
#include <span>
#include <vector>

#include "support/internet/address_plan.hpp"
#include "support/internet/as_graph.hpp"

namespace isthmus::testing::internet {

using RouterId = std::uint32_t;

enum class Station : std::uint8_t { core, border, access };

struct Router {
  AsIndex as{0};
  std::uint16_t pop{0};  ///< Index into the regions of its AS.
  Station station{Station::border};
  std::uint32_t loopback{0};
};

/// An interior link as one of its routers sees it.
struct Wire {
  RouterId far{0};
  std::uint32_t own{0};
  std::uint32_t other{0};
};

/// One physical connection between two ASes; has the index of its crossing in the graph.
struct Link {
  RouterId a{0};
  RouterId b{0};
  std::uint32_t address_a{0};
  std::uint32_t address_b{0};
  Numbering numbering{Numbering::own};
};

/// Routers of a PoP are numbered one after the other: cores, borders, access. A border router of a PoP without
/// access routers has the users behind it, too.
struct Pop {
  RouterId first{0};
  std::uint8_t cores{0};
  std::uint8_t borders{0};
  std::uint8_t access{0};
};

struct Port {
  AsIndex member{0};
  RouterId router{0};
  std::uint32_t address{0};
};

class Topology {
 public:
  Topology(const Settings& settings, const AsGraph& graph, AddressPlan& plan);

  [[nodiscard]] const std::vector<Router>& routers() const { return routers_; }
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  [[nodiscard]] std::span<const Pop> pops_of(AsIndex as) const;
  [[nodiscard]] const AddressPlan::Lan& lan_of(std::uint32_t exchange) const { return lans_[exchange]; }
  /// Ascending by member.
  [[nodiscard]] const std::vector<Port>& ports_of(std::uint32_t exchange) const { return ports_[exchange]; }
  /// Whether flows are balanced over pairs of cores and parallel links.
  [[nodiscard]] bool balances(AsIndex as) const { return balances_[as]; }
  /// How far apart two PoPs of an AS are for its interior routing, in microseconds.
  [[nodiscard]] std::uint32_t distance(AsIndex as, std::uint16_t from, std::uint16_t to) const;
  [[nodiscard]] std::span<const Wire> wires_of(RouterId router) const;
  /// The interior link between two routers, which have one.
  [[nodiscard]] const Wire& wire(RouterId from, RouterId to) const;
  /// Appends the routers that a flow passes behind `from` up to `to`, both of one AS.
  void append_interior(RouterId from, RouterId to, std::uint64_t flow, std::vector<RouterId>& path) const;
  /// The router of an AS that a block hangs on.
  [[nodiscard]] RouterId access_router(AsIndex as, std::uint32_t network) const;
  /// The router behind it, of a customer without AS number who uses the block; kNone: there is no such.
  [[nodiscard]] RouterId customer_router(std::uint32_t network) const;

 private:
  friend class TopologyBuilder;
  [[nodiscard]] RouterId core(AsIndex as, std::uint16_t pop, std::uint64_t flow) const;

  const AsGraph& graph_;
  std::uint64_t seed_;
  std::vector<Router> routers_;
  std::vector<Link> links_;
  std::vector<Pop> pops_;
  std::vector<std::uint32_t> first_pop_;  // By AS, and one more.
  std::vector<bool> balances_;
  std::vector<AddressPlan::Lan> lans_;
  std::vector<std::vector<Port>> ports_;
  struct CustomerRouter {
    std::uint32_t network{0};
    RouterId router{0};
  };
  std::vector<CustomerRouter> customer_routers_;  // Ascending by network.
  std::vector<Wire> wires_;
  std::vector<std::uint32_t> first_wire_;  // By router, and one more.
  // By AS: square matrices over its PoPs.
  std::vector<std::uint32_t> first_cell_;
  std::vector<std::uint32_t> distance_;
  std::vector<std::uint16_t> next_pop_;
};

}  // namespace isthmus::testing::internet
