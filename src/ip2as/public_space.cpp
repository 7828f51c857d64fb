#include "ip2as/public_space.hpp"

#include <algorithm>
#include <array>

namespace isthmus::ip2as {
namespace {

struct Special {
  std::uint32_t first;
  int length;
};

constexpr std::array<Special, 11> kSpecial{{
    {0x00000000, 8},   // 0.0.0.0/8: "this network" (RFC 791)
    {0x0A000000, 8},   // 10.0.0.0/8: private (RFC 1918)
    {0x64400000, 10},  // 100.64.0.0/10: shared by carrier NATs (RFC 6598)
    {0x7F000000, 8},   // 127.0.0.0/8: loopback (RFC 1122)
    {0xA9FE0000, 16},  // 169.254.0.0/16: link-local (RFC 3927)
    {0xAC100000, 12},  // 172.16.0.0/12: private
    {0xC0000000, 24},  // 192.0.0.0/24: protocol assignments (RFC 6890)
    {0xC0A80000, 16},  // 192.168.0.0/16: private
    {0xC6120000, 15},  // 198.18.0.0/15: benchmarking (RFC 2544)
    {0xE0000000, 4},   // 224.0.0.0/4: multicast (RFC 5771)
    {0xF0000000, 4},   // 240.0.0.0/4: reserved (RFC 1112), and the broadcast address
}};

// Which first octets hold special space: most do not, and an address is asked about for every new interface.
constexpr std::array<bool, 256> kSpecialOctets = [] {
  std::array<bool, 256> octets{};
  for (const Special& special : kSpecial) {
    const std::uint32_t last = special.first | (special.length >= 8 ? 0 : 0xFFFFFFFFU >> special.length);
    for (std::uint32_t octet = special.first >> 24; octet <= last >> 24; ++octet) octets[octet] = true;
  }
  return octets;
}();

constexpr int kShortestV4 = 8;
constexpr int kShortestV6 = 12;

}  // namespace

bool is_public(std::uint32_t first, int length) {
  const auto lies_in = [&](const Special& special) {
    const int host_bits = 32 - special.length;
    return length >= special.length && (first >> host_bits) == (special.first >> host_bits);
  };
  if (length < kShortestV4) return false;
  return !kSpecialOctets[first >> 24] || std::ranges::none_of(kSpecial, lies_in);
}

bool is_public(Uint128 first, int length) {
  // 2000::/3 is all that has been allocated as global unicast (RFC 4291 section 2.4 and IANA's registry).
  return length >= kShortestV6 && static_cast<unsigned>(first >> 125) == 1;
}

bool is_public(Asn asn) {
  const std::uint32_t n = asn.number;
  const bool private_use = (n >= 64512 && n <= 65534) || (n >= 4200000000 && n <= 4294967294);  // RFC 6996
  const bool last = n == 65535 || n == 4294967295;                                              // RFC 7300
  return n != 0 && n != 23456 && !private_use && !last;
}

}  // namespace isthmus::ip2as
