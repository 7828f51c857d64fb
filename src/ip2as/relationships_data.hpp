#pragma once
// What Relationships hold; shared by them, who read it, and their builder, which fills it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ip2as/flat_map.hpp"
#include "ip2as/rows.hpp"
#include "isthmus/ip2as/relationships.hpp"

namespace isthmus::ip2as {

/// One entry a pair of ASes, keyed by the smaller number << 32 | the larger one; the value is what the larger one is to
/// the smaller one.
using Links = FlatMap<std::uint64_t, Relation>;

[[nodiscard]] inline std::uint64_t link_key(Asn a, Asn b) {
  const Asn low = std::min(a, b);
  const Asn high = std::max(a, b);
  return (std::uint64_t{low.number} << 32) | high.number;
}

[[nodiscard]] inline Relation reversed(Relation relation) {
  switch (relation) {
    case Relation::provider: return Relation::customer;
    case Relation::customer: return Relation::provider;
    default: return relation;
  }
}

/// An AS without a row of its own has a cone of itself alone.
inline constexpr std::uint32_t kNoCone = 0xFFFFFFFF;

struct Relationships::Data {
  Links links;
  FlatMap<std::uint32_t, std::uint32_t> index;  // AS number -> its row.
  Rows providers;
  Rows customers;
  Rows peers;
  std::vector<std::uint32_t> cone_of;  // Row -> its cone's row, or kNoCone.
  Rows cones;                          // Members of a cycle share one.
  std::size_t refused{0};
  std::size_t cut_cones{0};

  [[nodiscard]] std::optional<std::uint32_t> row_of(Asn asn) const {
    const std::uint32_t* row = index.find(asn.number);
    return row == nullptr ? std::nullopt : std::optional(*row);
  }
};

}  // namespace isthmus::ip2as
