#pragma once
// The kernel's routing tables of one namespace, where they can be followed without asking the kernel for each packet.
// Built once, then only read.

#include <optional>

#include "isthmus/net/open_packet_io.hpp"
#include "net/netlink.hpp"
#include "net/route_table.hpp"

namespace isthmus::net {

struct RoutingTables {
  RouteTable local;
  RouteTable main;

  /// Nothing when only the kernel knows the way: sources or rules that choose among tables, several equal routes, or
  /// very many. `interface`: the binding's, 0 if it names none or there is none.
  [[nodiscard]] static std::optional<RoutingTables> read(Netlink& netlink, const Binding& binding, int interface);
};

}  // namespace isthmus::net
