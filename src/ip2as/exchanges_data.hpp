#pragma once
// What Exchanges hold; shared by them, who read it, and their builder, which fills it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ip2as/interval_map.hpp"
#include "ip2as/number.hpp"
#include "ip2as/rows.hpp"
#include "isthmus/ip2as/exchanges.hpp"

namespace isthmus::ip2as {

struct Lan {
  std::uint32_t exchange{0};
  bool retired{false};
};

/// The LANs and ports of one address family.
template <typename Number>
struct ExchangeSpace {
  struct Port {
    Number address;
    std::uint32_t exchange;
    Asn member;
    bool retired;
  };
  IntervalMap<Number> lans;  // To the index of the LAN + 1.
  std::vector<Port> ports;   // Ascending, no address twice, each on a LAN of its exchange.

  [[nodiscard]] Asn member_at(Number address) const {
    const auto port = std::ranges::lower_bound(ports, address, {}, &Port::address);
    return port != ports.end() && port->address == address ? port->member : Asn{};
  }
};

struct Exchanges::Data {
  std::vector<std::string> names;
  std::vector<Lan> lans;
  ExchangeSpace<std::uint32_t> v4;
  ExchangeSpace<Uint128> v6;
  Rows members;  // By exchange.
};

}  // namespace isthmus::ip2as
