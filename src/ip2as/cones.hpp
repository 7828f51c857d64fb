#pragma once
// Customer cones: which ASes are reached from one by going from provider to customer only. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ip2as/flat_map.hpp"
#include "ip2as/rows.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

/// Cones from a source, in the order they came.
struct GivenCones {
  struct Cone {
    Asn of;
    std::size_t first;
    std::size_t count;
  };
  std::vector<Cone> cones;
  std::vector<Asn> members;

  void add(Asn of, std::span<const Asn> cone) {
    if (of.is_none()) return;
    cones.push_back({of, members.size(), cone.size()});
    members.insert(members.end(), cone.begin(), cone.end());
  }
};

struct Cones {
  std::vector<std::uint32_t> cone_of;  ///< By row of the AS: row of its cone, or kNoCone.
  Rows rows;                           ///< Each ascending, its AS included.
  std::size_t cut{0};                  ///< ASes whose cone got direct customers only, for want of room.
};

/// `asns` ascending and without 0 twice, `index` their rows, `customers` by row.
[[nodiscard]] Cones compute_cones(std::span<const Asn> asns, const FlatMap<std::uint32_t, std::uint32_t>& index,
                                  const Rows& customers, const GivenCones& given);

}  // namespace isthmus::ip2as
