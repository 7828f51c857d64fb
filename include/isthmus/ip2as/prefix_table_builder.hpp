#pragma once
// Merges prefix-to-AS sources into a PrefixTable. Used by one thread, then consumed by build(); no I/O.
//
// Precedence: the longest prefix wins, whichever source it comes from; of two equal prefixes the one added first
// wins. An organisation name comes from the first source that names the AS.
//
// Left out, and counted, because a routing feed that lists them has leaked them and no router on the public internet
// answers from them: special-purpose space (private, shared, loopback, link-local, benchmarking, multicast, reserved;
// for IPv6 everything outside 2000::/3), prefixes shorter than any allocation (/8 in IPv4, /12 in IPv6: default
// routes and mistakes), and AS numbers that name no public network: 0 (RFC 7607), AS_TRANS 23456
// (RFC 6793), private ones (RFC 6996) and the last of each range (RFC 7300). The entry that covers such a hole, if
// there is one, answers for it. Documentation space and AS numbers (RFC 5737, 3849, 5398) are kept: examples use
// them.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::ip2as {

class PrefixTableBuilder {
 public:
  PrefixTableBuilder();
  ~PrefixTableBuilder();
  PrefixTableBuilder(PrefixTableBuilder&&) noexcept;
  PrefixTableBuilder& operator=(PrefixTableBuilder&&) noexcept;

  /// Adds one prefix; `name` may be empty. False when it is left out.
  bool add(const Prefix& prefix, Asn asn, std::string_view name = {});

  /// Adds one prefix that several ASes originate (MOAS), the most credible first. Those that can be no origin are left
  /// out; the prefix is, when none remains.
  bool add(const Prefix& prefix, std::span<const Asn> origins);

  /// Adds all addresses from first to last, of one family and in this order, as the fewest prefixes that make them up.
  /// `name` is that of the first origin. False when every one of the prefixes is left out.
  bool add_range(const IpAddress& first, const IpAddress& last, std::span<const Asn> origins,
                 std::string_view name = {});

  /// True while no source has named an AS that can be an origin.
  [[nodiscard]] bool wants_name(Asn asn);

  /// Adds one word or two on where the data came from to the table's version().
  void add_version(std::string_view version);

  /// Consumes the builder.
  [[nodiscard]] PrefixTable build() &&;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace isthmus::ip2as
