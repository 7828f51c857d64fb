#pragma once
// What can be the origin of an address on the public internet, and what only leaked into a feed.

#include <cstdint>

#include "ip2as/number.hpp"

namespace isthmus::ip2as {

/// False for special-purpose space (RFC 6890) other than documentation, and for prefixes shorter than an allocation.
[[nodiscard]] bool is_public(std::uint32_t first, int length);
[[nodiscard]] bool is_public(Uint128 first, int length);

/// Longest prefixes that count as announced: what is longer does not get far, and was leaked where it is seen.
struct PrefixLimits {
  int ipv4{24};
  int ipv6{48};
};
/// For space that was not announced but given, or spoken of by people.
inline constexpr PrefixLimits kNoLimits{.ipv4 = 32, .ipv6 = 128};

[[nodiscard]] inline bool exceeds(int length, Family family, PrefixLimits limits) {
  return length > (family == Family::ipv4 ? limits.ipv4 : limits.ipv6);
}

/// False for numbers that name no public network.
[[nodiscard]] bool is_public(Asn asn);

}  // namespace isthmus::ip2as
