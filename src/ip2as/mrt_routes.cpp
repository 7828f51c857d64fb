#include "ip2as/mrt_routes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "ip2as/mrt_path.hpp"
#include "ip2as/number.hpp"
#include "ip2as/sorted.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

constexpr std::uint16_t kAfiIpv4 = 1;
constexpr std::uint16_t kAfiIpv6 = 2;
constexpr std::uint8_t kSafiUnicast = 1;

bool is_usable(const Prefix& prefix, PrefixLimits limits) {
  if (exceeds(prefix.length(), prefix.family(), limits)) return false;
  return prefix.address().is_v4() ? is_public(prefix.address().v4_value(), prefix.length())
                                  : is_public(to_number<Uint128>(prefix.address()), prefix.length());
}

// Nothing for what is no unicast route of the internet.
std::optional<Family> read_family(Cursor& cursor) {
  const std::uint16_t afi = cursor.u16();
  if (cursor.u8() != kSafiUnicast) return std::nullopt;
  if (afi == kAfiIpv4) return Family::ipv4;
  return afi == kAfiIpv6 ? std::optional(Family::ipv6) : std::nullopt;
}

const char* read_prefix(Cursor& cursor, Family family, Prefix& prefix) {
  const int length = cursor.u8();
  if (length > (family == Family::ipv4 ? 32 : 128)) return "the prefix is longer than its family";
  const std::string_view bytes = cursor.bytes(static_cast<std::size_t>(length + 7) / 8);
  if (!cursor.good()) return "the record is cut off";
  std::array<std::uint8_t, 16> address{};
  std::ranges::copy(bytes, address.begin());
  const std::uint32_t quad = (std::uint32_t{address[0]} << 24) | (std::uint32_t{address[1]} << 16) |
                             (std::uint32_t{address[2]} << 8) | address[3];
  // Bits beyond the length mean nothing (RFC 4271 section 4.3); they are cut off.
  prefix = Prefix(family == Family::ipv4 ? IpAddress::v4(quad) : IpAddress::v6(address), length);
  return nullptr;
}

Asn asn_of(std::uint64_t origin) { return Asn{static_cast<std::uint32_t>(origin >> 16)}; }

}  // namespace

// Of each peer only its AS matters, for routes that it originates itself.
bool MrtRoutes::take_peers(std::string_view body) {
  Cursor cursor(body);
  const std::uint32_t collector = cursor.u32();
  const std::string_view view = cursor.bytes(cursor.u16());
  const std::uint16_t count = cursor.u16();
  std::vector<Asn> peers;
  for (std::uint16_t i = 0; i < count && cursor.good(); ++i) {
    const std::uint8_t type = cursor.u8();
    cursor.bytes(4);  // BGP identifier
    cursor.bytes((type & 1) != 0 ? 16 : 4);
    peers.push_back(Asn{(type & 2) != 0 ? cursor.u32() : cursor.u16()});
  }
  if (!cursor.good()) return false;
  peers_ = std::move(peers);
  FileReport& report = report_.report();
  report.collector = to_string(IpAddress::v4(collector));
  report.view = to_utf8(view);
  report.peers = count;
  return true;
}

void MrtRoutes::take(std::uint64_t at, std::string_view body, MrtFamily told_family, bool has_path_ids) {
  Cursor cursor(body);
  cursor.u32();  // Sequence number
  Family family = told_family == MrtFamily::ipv4 ? Family::ipv4 : Family::ipv6;
  if (told_family == MrtFamily::told) {
    const auto told = read_family(cursor);
    if (!cursor.good()) return report_.bad(at, "the record is cut off");
    if (!told) return report_.skipped();
    family = *told;
  }
  Prefix prefix;
  if (const char* why = read_prefix(cursor, family, prefix)) return report_.bad(at, why);
  if (!is_usable(prefix, limits_)) return report_.skipped();
  const char* problem = take_entries(cursor, has_path_ids);
  const bool any_usable = count_votes(prefix, has_path_ids);
  if (problem != nullptr) {
    report_.bad(at, std::string(problem) + ", prefix " + to_string(prefix));
  } else if (!any_usable) {
    report_.skipped();
  }
}

// The reason of the first entry that cannot be used; the others are.
const char* MrtRoutes::take_entries(Cursor& cursor, bool has_path_ids) {
  const char* problem = nullptr;
  const auto note = [&](const char* why) { problem = problem == nullptr ? why : problem; };
  origins_.clear();
  const std::uint16_t count = cursor.u16();
  for (std::uint16_t i = 0; i < count; ++i) {
    const std::uint16_t peer = cursor.u16();
    cursor.u32();  // When the route was received
    if (has_path_ids) cursor.u32();
    const std::string_view attributes = cursor.bytes(cursor.u16());
    if (!cursor.good()) {
      note("the record is cut off");
      break;
    }
    if (const char* why = take_entry(peer, attributes)) note(why);
  }
  if (!cursor.good()) note("the record is cut off");
  if (cursor.good() && cursor.left() > 0) note("the record is longer than its entries");
  return problem;
}

const char* MrtRoutes::take_entry(std::uint16_t peer, std::string_view attributes) {
  switch (read_path_end(attributes, path_end_)) {
    case PathEnd::known: break;
    case PathEnd::empty:
      // Parts of tables come without the peers.
      if (peers_.empty()) return nullptr;
      if (peer >= peers_.size()) return "an entry has an empty path of an unknown peer";
      path_end_.assign(1, peers_[peer]);
      break;
    case PathEnd::missing: return "an entry has no path";
    case PathEnd::malformed: return "the attributes of an entry do not follow their format";
  }
  for (const Asn origin : path_end_) {
    if (origin.number == 0) return "an entry is originated by AS 0";
    if (origin.number == 0xFFFFFFFF) return "an entry is originated by AS 4294967295";
    if (is_public(origin)) origins_.push_back((std::uint64_t{origin.number} << 16) | peer);
  }
  return nullptr;
}

// False when no origin is left. With additional paths one peer may have several to the same origin: it counts once.
bool MrtRoutes::count_votes(const Prefix& prefix, bool has_path_ids) {
  if (origins_.empty()) return false;
  const bool one = std::ranges::all_of(origins_, [&](std::uint64_t o) { return o >> 16 == origins_.front() >> 16; });
  if (one && !has_path_ids) {
    votes_.add(prefix, asn_of(origins_.front()), static_cast<std::uint32_t>(origins_.size()));
    return true;
  }
  sort_unique(origins_);
  for (auto first = origins_.begin(); first != origins_.end();) {
    const auto last = std::find_if(first, origins_.end(), [&](std::uint64_t o) { return o >> 16 != *first >> 16; });
    votes_.add(prefix, asn_of(*first), static_cast<std::uint32_t>(last - first));
    first = last;
  }
  return true;
}

}  // namespace isthmus::ip2as
