#pragma once
// Who was given which address space, who announces it, and which addresses are left for links. IPv4 numbers in host
// order throughout; export_address() turns them into what the traces carry. Built with the topology; one thread.

#include <cstdint>
#include <vector>

#include "isthmus/model/address.hpp"
#include "support/internet/as_graph.hpp"
#include "support/internet/random.hpp"

namespace isthmus::testing::internet {

/// A piece of address space that a registry gave out.
struct Allocation {
  std::uint32_t first{0};
  int length{0};
  AsIndex holder{kNone};          ///< kNone: an exchange.
  std::uint32_t exchange{kNone};  ///< Whose LAN it is.
  bool announced{true};
  bool registered{true};
};

/// Whose space a link or router is numbered from.
enum class Numbering : std::uint8_t {
  own,           ///< One AS's announced space: interior links, transit links from the provider, private peerings.
  customer,      ///< A transit link from the customer's space.
  unannounced,   ///< Registered, in no routing table.
  unregistered,  ///< In no registry either.
  special,       ///< RFC 1918 or RFC 6598.
  exchange,      ///< The LAN of an exchange.
};

/// The two ends of a point-to-point link.
struct LinkAddresses {
  std::uint32_t near{0};
  std::uint32_t far{0};
};

class AddressPlan {
 public:
  AddressPlan(const Settings& settings, const AsGraph& graph);

  /// A point-to-point link from the space that `owner` uses for it.
  LinkAddresses link(AsIndex owner, Numbering numbering);
  std::uint32_t loopback(AsIndex owner);
  /// The LAN that an exchange uses, and the one that it will have renumbered to when some list is made.
  struct Lan {
    std::uint32_t first{0};
    int length{0};
  };
  /// Room for at least `ports` ports. To be asked for each exchange once, in order.
  Lan give_lan(std::uint32_t exchange, std::uint32_t ports);
  [[nodiscard]] const Lan& next_lan(std::uint32_t exchange) const { return next_lans_[exchange]; }

  [[nodiscard]] const std::vector<Allocation>& allocations() const { return allocations_; }
  /// First addresses of the /24s that the AS has for its own users, ascending.
  [[nodiscard]] const std::vector<std::uint32_t>& blocks_of(AsIndex as) const { return blocks_[as]; }
  /// The provider whose space a stub without its own is numbered from, or kNone.
  [[nodiscard]] AsIndex numbered_from(AsIndex as) const { return numbered_from_[as]; }
  /// Whether a block is out of the allocation of a network that has nothing to do with its user.
  [[nodiscard]] bool is_leased(std::uint32_t network) const;
  /// The AS whose space the routers of an AS are numbered from: mostly itself, else a sibling.
  [[nodiscard]] AsIndex router_space_of(AsIndex as) const { return router_space_[as]; }
  /// Whether all routers of the AS have unannounced addresses.
  [[nodiscard]] bool is_dark(AsIndex as) const { return dark_[as]; }

 private:
  struct Pool {
    std::uint32_t next{0};
    std::uint32_t end{0};
  };
  std::uint32_t allocate(int length, AsIndex holder, bool announced, bool registered);
  void allocate_for(AsIndex as);
  void number_from_provider(AsIndex as);
  void number_from_sibling(AsIndex as);
  void lease(AsIndex as);
  std::uint32_t assign_block(AsIndex provider);
  std::uint32_t take(Pool& pool, std::uint32_t count, AsIndex owner, Numbering numbering);
  Pool& pool_of(AsIndex owner, Numbering numbering);

  const Settings& settings_;
  const AsGraph& graph_;
  Random random_;
  std::vector<Allocation> allocations_;
  std::vector<std::vector<std::uint32_t>> blocks_;
  std::vector<AsIndex> numbered_from_;
  std::vector<bool> dark_;
  std::vector<Pool> routers_;      // By AS: announced, unless the AS is dark.
  std::vector<Pool> unannounced_;  // By AS.
  std::vector<Pool> customers_;    // By AS: what it assigns.
  std::vector<AsIndex> router_space_;
  std::vector<std::uint32_t> leased_;  // Ascending.
  std::vector<Lan> next_lans_;
  Pool unregistered_;
  Pool special_;
  std::uint32_t cursor_{0};
};

/// The address as the world sees it. In IPv6 mode 2a10:dAA:BBCC::DD stands for AA.BB.CC.DD, so that a /24 becomes a
/// /48, and fd00::/8 for what is private.
[[nodiscard]] IpAddress export_address(std::uint32_t address, Family family);
/// Lengths up to 24 become 24 longer, others 96 longer.
[[nodiscard]] Prefix export_prefix(std::uint32_t first, int length, Family family);
/// 10/8, 172.16/12, 192.168/16 and 100.64/10.
[[nodiscard]] bool is_special(std::uint32_t address);

}  // namespace isthmus::testing::internet
