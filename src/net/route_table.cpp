#include "net/route_table.hpp"

#include <algorithm>
#include <tuple>

namespace isthmus::net {

// IPv4 addresses stand in the high bits, so that a prefix length means the same for both families.
RouteTable::Key RouteTable::key_of(const IpAddress& address) {
  if (address.is_v4()) return {std::uint64_t{address.v4_value()} << 32, 0};
  Key key;
  for (std::size_t i = 0; i < 8; ++i) key.high = (key.high << 8) | address.bytes()[i];
  for (std::size_t i = 8; i < 16; ++i) key.low = (key.low << 8) | address.bytes()[i];
  return key;
}

RouteTable::Key RouteTable::mask_of(int length) {
  const auto ones = [](int count) { return count <= 0 ? 0 : ~std::uint64_t{0} << (64 - std::min(count, 64)); };
  return {ones(length), ones(length - 64)};
}

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  const auto rank = [](const Route& route) {
    return std::tuple(route.prefix.family(), -route.prefix.length(), key_of(route.prefix.address()), route.metric);
  };
  std::stable_sort(routes_.begin(), routes_.end(), [&](const Route& a, const Route& b) { return rank(a) < rank(b); });
  for (const Route& route : routes_) {
    const std::size_t at = keys_.size();
    const Key mask = mask_of(route.prefix.length());
    keys_.push_back(key_of(route.prefix.address()));
    if (levels_.empty() || levels_.back().family != route.prefix.family() || levels_.back().mask != mask) {
      levels_.push_back({route.prefix.family(), mask, at, at});
    }
    levels_.back().end = at + 1;
  }
}

const Route* RouteTable::find(const IpAddress& destination) const {
  const Key key = key_of(destination);
  for (const Level& level : levels_) {
    if (level.family != destination.family()) continue;
    const Key wanted{key.high & level.mask.high, key.low & level.mask.low};
    // Most destinations lie outside of what most levels know: no search, no guessing wrong.
    if (wanted < keys_[level.begin] || keys_[level.end - 1] < wanted) continue;
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(level.begin);
    const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(level.end);
    const auto found = std::lower_bound(begin, end, wanted);
    if (found != end && *found == wanted) return &routes_[static_cast<std::size_t>(found - keys_.begin())];
  }
  return nullptr;
}

}  // namespace isthmus::net
