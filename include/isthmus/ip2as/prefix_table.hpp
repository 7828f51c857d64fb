#pragma once
// Prefix to origin AS: which network does an address belong to, by longest match, IPv4 and IPv6.
//
// A table is immutable once built; share it between threads as shared_ptr<const PrefixTable> and swap the pointer
// when new data has been loaded. Every string_view and span that it hands out lives as long as the table.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

/// The network that originates an address.
struct Origin {
  Asn asn;                        ///< The first one listed, when there are several.
  std::string_view name;          ///< Organisation as the source spells it; empty if unknown. Valid UTF-8.
  std::span<const Asn> others{};  ///< Further origins of the same prefix (MOAS, AS set), as listed; mostly none.
  friend bool operator==(const Origin& a, const Origin& b) {
    return a.asn == b.asn && a.name == b.name && std::ranges::equal(a.others, b.others);
  }
};

class PrefixTable {
 public:
  /// An empty table: maps nothing.
  PrefixTable();
  ~PrefixTable();
  PrefixTable(PrefixTable&&) noexcept;
  PrefixTable& operator=(PrefixTable&&) noexcept;

  /// The origin of the longest prefix that covers the address; nothing when no prefix does.
  [[nodiscard]] std::optional<Origin> lookup(const IpAddress& address) const;

  /// The organisation behind an AS number; empty if no source names it.
  [[nodiscard]] std::string_view name_of(Asn asn) const;

  /// Different prefixes, all sources together (a range counts as the prefixes that it is made of).
  [[nodiscard]] std::size_t prefix_count() const;
  [[nodiscard]] std::size_t prefix_count(Family family) const;
  /// Different ASes that originate at least one.
  [[nodiscard]] std::size_t as_count() const;
  /// Does the AS originate any, alone or with others?
  [[nodiscard]] bool originates(Asn asn) const;
  /// Entries left out because they cannot be an origin on the public internet; see PrefixTableBuilder.
  [[nodiscard]] std::size_t skipped_count() const;
  /// Which data this is, e.g. "asn-ipv4.csv crc32:3a1c9f02, asn-ipv6.csv crc32:77b0e514". Empty without files.
  [[nodiscard]] const std::string& version() const;

 private:
  friend class PrefixTableBuilder;
  struct Data;
  explicit PrefixTable(std::unique_ptr<const Data> data);
  std::unique_ptr<const Data> data_;  // Never null, except in a moved-from table.
};

}  // namespace isthmus::ip2as
