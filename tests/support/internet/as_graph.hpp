#pragma once
// Who the networks are and what they are to each other: regions, ASes, organisations, exchanges, and the contracts
// between ASes with the places where they connect. Built once from the settings, then immutable; any thread reads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "isthmus/model/address.hpp"
#include "support/internet/settings.hpp"

namespace isthmus::testing::internet {

using AsIndex = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFFU;

/// Where an AS stands in the hierarchy of transit. Providers always have a lower index than their customers.
enum class Tier : std::uint8_t {
  tier1,     ///< Has no provider; all of them peer with each other.
  transit,   ///< Sells transit in several regions.
  regional,  ///< Sells transit in one or two.
  stub,      ///< Sells none.
};
[[nodiscard]] const char* to_string(Tier tier);

/// How willing an AS is to peer at an exchange.
enum class PeeringPolicy : std::uint8_t { open, selective, restrictive };

/// What a neighbour is to an AS.
enum class Role : std::uint8_t { customer, sibling, peer, provider };

struct Neighbour {
  AsIndex as{0};
  std::uint32_t adjacency{0};
  Role role{Role::peer};
};

enum class Contract : std::uint8_t { transit, peering, sibling };

/// Two ASes that exchange traffic. For transit `a` is the provider and `b` the customer.
struct Adjacency {
  AsIndex a{0};
  AsIndex b{0};
  Contract contract{Contract::peering};
  std::uint32_t first_crossing{0};
  std::uint32_t crossings{0};
};

/// One physical connection of an adjacency: where `a` and where `b` have their end of it.
struct Crossing {
  std::uint32_t adjacency{0};
  std::uint16_t region_a{0};
  std::uint16_t region_b{0};
  std::uint32_t exchange{kNone};  ///< Over the LAN of this exchange; kNone: a link of their own.
};

/// A metropolitan area; coordinates in units of 100 km on a flat earth.
struct Region {
  std::string name;
  std::int32_t x{0};
  std::int32_t y{0};
};

struct Exchange {
  std::string name;
  std::uint16_t region{0};
  Asn asn;  ///< Of the exchange itself: route servers, the LAN's registration.
  std::vector<AsIndex> members;
};

struct As {
  Asn asn;
  std::string name;
  Tier tier{Tier::stub};
  PeeringPolicy policy{PeeringPolicy::selective};
  std::uint32_t organisation{0};       ///< The lowest index of its ASes.
  std::vector<std::uint16_t> regions;  ///< Where it has PoPs; the first is home.
  std::vector<std::uint32_t> exchanges;
  std::vector<Neighbour> neighbours;  ///< Ascending by AS.
  std::vector<Neighbour> by_role;  ///< The same in the order of Role, for routing, which asks for one role at a time.
  std::array<std::uint32_t, 5> first_of_role{};  ///< Into by_role; the last entry is its size.
};

struct AsGraph {
  std::vector<Region> regions;
  std::vector<As> ases;
  std::vector<Exchange> exchanges;
  std::vector<Adjacency> adjacencies;
  std::vector<Crossing> crossings;  ///< Grouped by adjacency.

  [[nodiscard]] bool same_organisation(AsIndex x, AsIndex y) const {
    return ases[x].organisation == ases[y].organisation;
  }
  /// The adjacency between two ASes, or kNone.
  [[nodiscard]] std::uint32_t adjacency_between(AsIndex x, AsIndex y) const;
  [[nodiscard]] const Neighbour* neighbour(AsIndex of, AsIndex other) const;
  /// Those that are this to the AS, ascending.
  [[nodiscard]] std::span<const Neighbour> neighbours(AsIndex of, Role role) const;
  [[nodiscard]] std::span<const Crossing> crossings_of(std::uint32_t adjacency) const;
  /// One-way delay between two regions in microseconds: light in fibre, and cables that are no straight lines.
  [[nodiscard]] std::uint32_t delay_us(std::uint16_t from, std::uint16_t to) const;
};

[[nodiscard]] AsGraph build_graph(const Settings& settings);

}  // namespace isthmus::testing::internet
