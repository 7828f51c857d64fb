#include "net/routing_tables.hpp"

#include <utility>
#include <vector>

namespace isthmus::net {
namespace {

// Beyond so many routes the kernel is asked for each destination rather than listed again at each change.
constexpr std::size_t kMostRoutes = 4096;

}  // namespace

std::optional<RoutingTables> RoutingTables::read(Netlink& netlink, const Binding& binding, int interface) {
  if (!netlink.only_usual_rules()) return std::nullopt;
  std::vector<Route> local;
  std::vector<Route> main;
  std::size_t count = 0;
  for (ListedRoute& listed : netlink.routes()) {
    if (++count > kMostRoutes || (listed.table != RT_TABLE_LOCAL && listed.table != RT_TABLE_MAIN)) return std::nullopt;
    if (listed.table == RT_TABLE_LOCAL) {
      local.push_back(std::move(listed.route));
    } else if (binding.interface.empty() || listed.route.interface == interface) {
      main.push_back(std::move(listed.route));
    }
  }
  return RoutingTables{RouteTable(std::move(local)), RouteTable(std::move(main))};
}

}  // namespace isthmus::net
