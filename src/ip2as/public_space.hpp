#pragma once
// What can be the origin of an address on the public internet, and what only leaked into a feed.

#include <cstdint>

#include "ip2as/number.hpp"

namespace isthmus::ip2as {

/// False for special-purpose space (RFC 6890) other than documentation, and for prefixes shorter than an allocation.
[[nodiscard]] bool is_public(std::uint32_t first, int length);
[[nodiscard]] bool is_public(Uint128 first, int length);

/// False for numbers that name no public network.
[[nodiscard]] bool is_public(Asn asn);

}  // namespace isthmus::ip2as
