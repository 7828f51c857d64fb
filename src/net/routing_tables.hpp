#pragma once
// The kernel's routing tables of one namespace, where they can be followed without asking the kernel for each packet.
// Built once, then only read; one thread, for it remembers where it found the last one.

#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/net/open_packet_io.hpp"
#include "net/netlink.hpp"
#include "net/route_table.hpp"

namespace isthmus::net {

class RoutingTables {
 public:
  RoutingTables(RouteTable local, RouteTable main);
  /// Nothing when only the kernel knows the way: sources or rules that choose among tables, several equal routes, or
  /// very many. `interface`: the binding's, 0 if it names none or there is none.
  [[nodiscard]] static std::optional<RoutingTables> read(Netlink& netlink, const Binding& binding, int interface);

  struct Found {
    const Route* route{nullptr};  ///< Null: there is none.
    bool local{false};            ///< The destination is an address of this machine, or a broadcast one.
  };
  [[nodiscard]] Found find(const IpAddress& destination);
  [[nodiscard]] const RouteTable& main() const { return main_; }

 private:
  /// IPv4 addresses, both ends included, that go the same way. Between them, the ranges are all addresses there are.
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
    Found found;
  };
  [[nodiscard]] Found find_in_tables(const IpAddress& destination) const;
  void lay_out_ranges();

  RouteTable local_;
  RouteTable main_;
  std::vector<Range> ranges_;  ///< Ascending.
  std::size_t latest_{0};      ///< Where find() was last: nearly all probes of a machine go one way.
};

}  // namespace isthmus::net
