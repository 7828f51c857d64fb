#pragma once
// MRT routing tables written by hand (RFC 6396, RFC 8050, RFC 6793), without the project's reader: a mistake there must
// not cancel out in a test. Pure functions that return bytes; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::support::mrt {

/// Subtypes of TABLE_DUMP_V2 (RFC 6396 section 4.3, RFC 8050 section 4).
inline constexpr std::uint16_t kPeerIndexTable = 1;
inline constexpr std::uint16_t kRibIpv4Unicast = 2;
inline constexpr std::uint16_t kRibIpv4Multicast = 3;
inline constexpr std::uint16_t kRibIpv6Unicast = 4;
inline constexpr std::uint16_t kRibGeneric = 6;
inline constexpr std::uint16_t kRibIpv4UnicastAddpath = 8;
inline constexpr std::uint16_t kRibIpv6UnicastAddpath = 10;
inline constexpr std::uint16_t kRibGenericAddpath = 12;

/// Types of path segments (RFC 4271 section 4.3, RFC 5065 section 3).
inline constexpr std::uint8_t kSet = 1;
inline constexpr std::uint8_t kSequence = 2;
inline constexpr std::uint8_t kConfederationSequence = 3;

struct Segment {
  std::uint8_t type{kSequence};
  std::vector<std::uint32_t> asns;
};

struct Entry {
  std::uint16_t peer{0};
  std::string attributes;
  std::uint32_t originated{0};
  std::optional<std::uint32_t> path_id{};  ///< Written for the subtypes with additional paths.
};

struct Peer {
  IpAddress address;
  std::uint32_t asn{0};
  bool wide{true};  ///< Four bytes of AS number instead of two.
};

void put16(std::string& bytes, std::uint32_t value);
void put32(std::string& bytes, std::uint32_t value);

/// A record of any kind: time, type, subtype, length, body.
[[nodiscard]] std::string record(std::uint32_t time, std::uint16_t type, std::uint16_t subtype, std::string_view body);

[[nodiscard]] std::string peer_index(std::uint32_t time, std::uint32_t collector, std::string_view view,
                                     const std::vector<Peer>& peers);

/// One prefix; the subtype says which form.
[[nodiscard]] std::string rib(std::uint32_t time, std::uint16_t subtype, const Prefix& prefix,
                              const std::vector<Entry>& entries);

/// One attribute, with a one-byte or a two-byte length as it needs.
[[nodiscard]] std::string attribute(std::uint8_t flags, std::uint8_t type, std::string_view value);

/// AS_PATH, or AS4_PATH with type 17; numbers of four bytes unless `wide` is false.
[[nodiscard]] std::string as_path(const std::vector<Segment>& segments, std::uint8_t type = 2, bool wide = true);

/// ORIGIN, AS_PATH of one sequence, NEXT_HOP: what nearly every entry holds.
[[nodiscard]] std::string plain_attributes(const std::vector<std::uint32_t>& path);

}  // namespace isthmus::support::mrt
