#pragma once
// From the path attributes of one entry of a routing table (RFC 4271 section 4.3) to who originates the route. Pure.

#include <string_view>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

enum class PathEnd : std::uint8_t {
  known,      ///< One origin, or the members of the AS set that the path ends in.
  empty,      ///< The path is empty: the peer itself originates the route.
  missing,    ///< There is no path.
  malformed,  ///< The attributes do not follow their format.
};

/// Fills `origins`, cleared first, when the end is known. Confederations (RFC 5065) are no networks of their own and
/// are passed over; for a path in two-byte numbers the origin comes from AS4_PATH where it has to (RFC 6793).
[[nodiscard]] PathEnd read_path_end(std::string_view attributes, std::vector<Asn>& origins);

}  // namespace isthmus::ip2as
