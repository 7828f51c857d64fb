#pragma once
// Routes of one kernel table and the longest match among them. Pure; built once, then only read.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::net {

struct Route {
  Prefix prefix;
  std::uint32_t metric{0};
  int interface { 0 };
  std::optional<IpAddress> gateway;  ///< None: destinations are on the link itself.
  bool plain{false};                 ///< Unicast by one next hop, with nothing that only the kernel knows how to do.
};

class RouteTable {
 public:
  RouteTable() = default;
  explicit RouteTable(std::vector<Route> routes);

  /// The route with the longest matching prefix; of several with the same prefix that with the least metric.
  [[nodiscard]] const Route* find(const IpAddress& destination) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  [[nodiscard]] bool empty() const { return routes_.empty(); }
  [[nodiscard]] std::size_t size() const { return routes_.size(); }
  /// The place of a route that find() gave, below size().
  [[nodiscard]] std::size_t index_of(const Route& route) const {
    return static_cast<std::size_t>(&route - routes_.data());
  }

 private:
  struct Key {
    std::uint64_t high{0};
    std::uint64_t low{0};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  /// All routes of one family and prefix length, which are next to each other.
  struct Level {
    Family family;
    Key mask;
    std::size_t begin;
    std::size_t end;
  };
  [[nodiscard]] static Key key_of(const IpAddress& address);
  [[nodiscard]] static Key mask_of(int length);

  std::vector<Route> routes_;  ///< By family, then length falling, then address, then metric.
  std::vector<Key> keys_;      ///< Of the routes, in the same order.
  std::vector<Level> levels_;
};

}  // namespace isthmus::net
