#include "support/mrt_table.hpp"

#include <array>
#include <string>
#include <vector>

#include "support/mrt_writer.hpp"

namespace isthmus::support::mrt {
namespace {

constexpr std::uint32_t kTime = 1700000000;
constexpr std::size_t kPiece = std::size_t{1} << 20;

std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

std::uint32_t below(std::uint64_t seed, std::uint64_t limit) { return static_cast<std::uint32_t>(mix(seed) % limit); }

std::uint32_t origin_number(std::uint64_t index) { return 1000 + static_cast<std::uint32_t>(index) * 5; }
std::uint32_t transit_number(std::uint64_t index) { return 300 + static_cast<std::uint32_t>(index); }
std::uint32_t peer_number(std::uint64_t index) { return 3000 + static_cast<std::uint32_t>(index) * 7; }

// A peer reaches an origin through the origin's two upstreams and, mostly, one or two networks of its own choice: the
// tail is shared by all peers, the head by all prefixes, as in real tables.
std::vector<std::uint32_t> path(std::uint64_t peer, std::uint64_t origin) {
  std::vector<std::uint32_t> asns{peer_number(peer)};
  const std::uint64_t hops = mix(peer * 7919 + origin % 64) % 3;
  for (std::uint64_t hop = 0; hop < hops; ++hop)
    asns.push_back(transit_number(below(peer * 31 + origin % 64 + hop, 40)));
  asns.push_back(transit_number(100 + below(origin * 2 + mix(peer + origin) % 2, 600)));
  if (origin % 9 == 0) asns.insert(asns.end(), 2, origin_number(origin));  // Prepended
  asns.push_back(origin_number(origin));
  return asns;
}

// COMMUNITIES (RFC 1997): what the peer and the transit network attach, a handful each.
std::string communities(std::uint64_t peer, const std::vector<std::uint32_t>& asns) {
  std::string value;
  const std::uint64_t count = mix(peer) % 4 + asns.size() % 4;
  for (std::uint64_t i = 0; i < count; ++i) {
    put16(value, i % 2 == 0 ? peer_number(peer) : asns[asns.size() / 2]);
    put16(value, 100 + below(peer * 13 + asns[asns.size() / 2] + i, 50) * 10);
  }
  return value.empty() ? value : attribute(0xC0, 8, value);
}

std::string attributes(std::uint64_t peer, std::uint64_t origin, bool ipv6) {
  const std::vector<std::uint32_t> asns = path(peer, origin);
  std::string bytes = attribute(0x40, 1, std::string(1, '\0')) + as_path({{kSequence, asns}});
  std::string next_hop;
  put32(next_hop, 0xC6336400 + static_cast<std::uint32_t>(peer));
  if (ipv6) {
    // MP_REACH_NLRI as tables abbreviate it: the next hop alone (RFC 6396 section 4.3.4).
    bytes += attribute(0x80, 14, std::string("\x10\x20\x01\x0d\xb8", 5) + std::string(8, '\0') + next_hop);
  } else {
    bytes += attribute(0x40, 3, next_hop);
  }
  if (peer % 3 == 0) bytes += attribute(0x80, 4, std::string_view("\0\0\0\x64", 4));
  return bytes + communities(peer, asns);
}

// Neighbouring prefixes mostly belong to the same network.
std::uint64_t origin_of(std::uint64_t prefix, const TableSize& size, std::uint64_t prefixes) {
  return mix(prefix * size.origins / prefixes / 2) % size.origins;
}

Prefix prefix4(std::uint64_t index, std::uint64_t count) {
  static constexpr std::array<int, 8> kLengths{24, 24, 24, 24, 24, 22, 23, 20};
  // First octets without special-purpose space: 1 to 9, 11 to 99, 101 to 126, 128 to 168.
  constexpr std::uint64_t kOctets = 9 + 89 + 26 + 41;
  std::uint64_t first = 0x01000000 + index * ((kOctets << 24) / count);
  for (const std::uint64_t hole : {10U, 100U, 127U}) first += first >> 24 >= hole ? 0x01000000 : 0;
  return Prefix(IpAddress::v4(static_cast<std::uint32_t>(first)), kLengths[mix(index) % 8]);
}

Prefix prefix6(std::uint64_t index, std::uint64_t count) {
  static constexpr std::array<int, 4> kLengths{48, 48, 32, 40};
  const std::uint64_t word = 0x2400'0000'0000ULL + index * (0x0A00'0000'0000ULL / count);
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * (5 - i)));
  return Prefix(IpAddress::v6(bytes), kLengths[mix(index) % 4]);
}

class TableWriter {
 public:
  TableWriter(const TableSize& size, const std::function<void(std::string_view)>& sink) : size_(size), sink_(sink) {}

  void write() {
    std::vector<Peer> peers;
    for (std::uint64_t peer = 0; peer < size_.peers; ++peer) {
      peers.push_back({IpAddress::v4(0xC6336400 + static_cast<std::uint32_t>(peer)), peer_number(peer)});
    }
    put(peer_index(kTime, 0xC0000201, "made-up", peers));
    for (std::uint64_t i = 0; i < size_.ipv4_prefixes; ++i) {
      put(prefix_record(kRibIpv4Unicast, prefix4(i, size_.ipv4_prefixes), i, size_.ipv4_prefixes));
    }
    for (std::uint64_t i = 0; i < size_.ipv6_prefixes; ++i) {
      put(prefix_record(kRibIpv6Unicast, prefix6(i, size_.ipv6_prefixes), i, size_.ipv6_prefixes));
    }
    sink_(piece_);
  }

 private:
  std::string prefix_record(std::uint16_t subtype, const Prefix& prefix, std::uint64_t index, std::uint64_t count) {
    const std::uint64_t origin = origin_of(index, size_, count);
    entries_.clear();
    for (std::uint64_t peer = 0; peer < size_.peers; ++peer) {
      if (mix(index * 977 + peer) % 50 == 0) continue;  // Nobody has everything.
      const bool second = index % 100 == 0 && peer % 3 == 0;
      // Most routes have stood for long; a tenth of them changed lately.
      const std::uint32_t age =
          mix(index * 131 + peer) % 10 == 0 ? below(index + peer, 86400) : below(peer * 5 + index / 40, 20000000);
      entries_.push_back({static_cast<std::uint16_t>(peer),
                          attributes(peer, second ? origin + 1 : origin, subtype == kRibIpv6Unicast),
                          kTime - age,
                          {}});
    }
    return rib(kTime, subtype, prefix, entries_);
  }

  void put(std::string_view bytes) {
    piece_.append(bytes);
    if (piece_.size() < kPiece) return;
    sink_(piece_);
    piece_.clear();
  }

  const TableSize& size_;
  const std::function<void(std::string_view)>& sink_;
  std::vector<Entry> entries_;
  std::string piece_;
};

}  // namespace

void write_table(const TableSize& size, const std::function<void(std::string_view)>& sink) {
  TableWriter(size, sink).write();
}

}  // namespace isthmus::support::mrt
