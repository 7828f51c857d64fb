#pragma once
// MaxMind databases written by hand (MaxMind DB file format specification, version 2.0), for tests. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::support::mmdb {

/// A value of the data section, encoded.
[[nodiscard]] std::string text(std::string_view value);
[[nodiscard]] std::string number(std::uint32_t value);
[[nodiscard]] std::string map(const std::vector<std::pair<std::string, std::string>>& entries);

struct Network {
  Prefix prefix;
  std::string data;  ///< Encoded; equal data is written once.
};

struct Options {
  int ip_version{6};
  int record_size{24};       ///< Bits: 24, 28 or 32.
  bool with_aliases{false};  ///< ::ffff:0:0/96 and 2002::/16 lead to the IPv4 networks as well.
  std::uint64_t build_epoch{1700000000};
};

/// Prefixes must not overlap; in a database of IP version 6 IPv4 lies in ::/96.
[[nodiscard]] std::string write(const std::vector<Network>& networks, const Options& options = {});

/// Data as GeoLite2, DB-IP and ip-location-db have it.
[[nodiscard]] std::string as_data(std::uint32_t asn, std::string_view organisation);

}  // namespace isthmus::support::mmdb
