#include "net/routing_tables.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace isthmus::net {
namespace {

// Beyond so many routes the kernel is asked for each destination rather than listed again at each change.
constexpr std::size_t kMostRoutes = 4096;

}  // namespace

RoutingTables::RoutingTables(RouteTable local, RouteTable main) : local_(std::move(local)), main_(std::move(main)) {
  lay_out_ranges();
}

// The way changes where some prefix begins or has ended, and nowhere else.
void RoutingTables::lay_out_ranges() {
  constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> changes{0};
  for (const RouteTable* table : {&local_, &main_}) {
    for (const Route& route : table->routes()) {
      if (route.prefix.family() != Family::ipv4) continue;
      const std::uint32_t first = route.prefix.address().v4_value();
      const int length = route.prefix.length();
      const std::uint32_t last =
          length == 0 ? kLast : first | static_cast<std::uint32_t>((std::uint64_t{1} << (32 - length)) - 1);
      changes.push_back(first);
      if (last != kLast) changes.push_back(last + 1);
    }
  }
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::uint32_t last = i + 1 < changes.size() ? changes[i + 1] - 1 : kLast;
    ranges_.push_back({changes[i], last, find_in_tables(IpAddress::v4(changes[i]))});
  }
}

RoutingTables::Found RoutingTables::find_in_tables(const IpAddress& destination) const {
  if (const Route* const route = local_.find(destination)) return {route, true};
  return {main_.find(destination), false};
}

RoutingTables::Found RoutingTables::find(const IpAddress& destination) {
  if (!destination.is_v4()) return find_in_tables(destination);
  const std::uint32_t address = destination.v4_value();
  const Range& latest = ranges_[latest_];
  if (latest.first <= address && address <= latest.last) return latest.found;
  const auto behind = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                       [](std::uint32_t value, const Range& range) { return value < range.first; });
  latest_ = static_cast<std::size_t>(behind - ranges_.begin()) - 1;
  return ranges_[latest_].found;
}

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
