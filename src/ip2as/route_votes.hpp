#pragma once
// Routes as the peers of collectors see them: how many see which origin of which prefix. Routing tables of several
// collectors add up. One thread.

#include <cstdint>
#include <vector>

#include "ip2as/number.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

class RouteVotes {
 public:
  void add(const Prefix& prefix, Asn origin, std::uint32_t peers);

  [[nodiscard]] bool empty() const { return v4_.empty() && v6_.empty(); }

  /// Adds each prefix with its origins, those that more peers see first; of equals the smaller number. Then forgets
  /// all.
  void move_to(PrefixTableBuilder& builder);

 private:
  template <typename Number>
  struct Vote {
    Number first;
    std::uint8_t length;
    Asn origin;
    std::uint32_t peers;
  };

  template <typename Number>
  static void move_to(std::vector<Vote<Number>>& votes, PrefixTableBuilder& builder);

  std::vector<Vote<std::uint32_t>> v4_;
  std::vector<Vote<Uint128>> v6_;
};

}  // namespace isthmus::ip2as
