#pragma once
// Longest match the slow and obvious way, to hold PrefixTable against: one hash map for each prefix length.

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::test {

struct Route {
  Prefix prefix;
  Asn asn;
};

class NaiveTable {
 public:
  explicit NaiveTable(const std::vector<Route>& routes) {
    for (const Route& route : routes) {
      by_length_[static_cast<std::size_t>(route.prefix.length())].try_emplace(route.prefix, route.asn);
    }
  }
  [[nodiscard]] Asn lookup(const IpAddress& address) const {
    for (int length = address.width(); length >= 0; --length) {
      const auto& routes = by_length_[static_cast<std::size_t>(length)];
      if (routes.empty()) continue;
      const auto found = routes.find(Prefix(address, length));
      if (found != routes.end()) return found->second;
    }
    return Asn{};
  }

 private:
  std::array<std::unordered_map<Prefix, Asn>, 129> by_length_;
};

}  // namespace isthmus::test
