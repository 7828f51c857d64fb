#include "support/path_simulator.hpp"

#include <algorithm>
#include <stdexcept>

namespace isthmus::support {
namespace {

constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kIcmpHeader = 8;
constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kUdp = 17;

std::uint16_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

Packet make_ip(const IpAddress& from, const IpAddress& to, std::size_t body) {
  Packet packet(kIpHeader + body);
  put_number(packet, 0, 0x4500, 2);
  put_number(packet, 2, static_cast<std::uint32_t>(packet.size()), 2);
  put_number(packet, 8, 61, 1);
  put_number(packet, 9, kIcmp, 1);
  put_number(packet, 12, from.v4_value(), 4);
  put_number(packet, 16, to.v4_value(), 4);
  put_number(packet, 10, checksum(std::span(packet).first(kIpHeader)), 2);
  return packet;
}

// The first eight bytes behind the IP header: all that RFC 792 promises.
Packet quote_of(const SeenPacket& packet, std::size_t ttl) {
  Packet quote = packet.bytes;
  put_number(quote, 8, static_cast<std::uint32_t>(ttl), 1);
  quote.resize(std::min(quote.size(), kIpHeader + 8));
  return quote;
}

// Each place of a path hashes in its own way.
std::uint64_t flow_hash(const SeenPacket& packet, std::size_t place) {
  std::uint64_t x =
      (std::uint64_t{packet.flow_word} << 32 | packet.destination.v4_value()) + place * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

Duration there_and_back(std::size_t hops) { return 2 * kHopDelay * static_cast<int>(hops); }

}  // namespace

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = (value << 8) | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

void put_number(Packet& bytes, std::size_t at, std::uint32_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)));
}

SeenPacket dissect(std::span<const std::byte> packet) {
  if (packet.size() < kIpHeader + 8 || number_at(packet, 0, 1) != 0x45 || number_at(packet, 2, 2) != packet.size()) {
    throw std::invalid_argument("not a whole IPv4 packet without options");
  }
  SeenPacket seen;
  seen.source = IpAddress::v4(number_at(packet, 12, 4));
  seen.destination = IpAddress::v4(number_at(packet, 16, 4));
  seen.ttl = static_cast<std::uint8_t>(number_at(packet, 8, 1));
  seen.protocol = static_cast<std::uint8_t>(number_at(packet, 9, 1));
  seen.ip_id = static_cast<std::uint16_t>(number_at(packet, 4, 2));
  seen.flow_word = number_at(packet, kIpHeader, 4);
  seen.bytes.assign(packet.begin(), packet.end());
  return seen;
}

void fix_icmp_checksum(Packet& packet) {
  put_number(packet, kIpHeader + 2, 0, 2);
  put_number(packet, kIpHeader + 2, checksum(std::span(packet).subspan(kIpHeader)), 2);
}

Packet make_icmp_error(const IpAddress& from, const IpAddress& to, std::uint8_t type, std::uint8_t code,
                       std::span<const std::byte> quote) {
  Packet packet = make_ip(from, to, kIcmpHeader + quote.size());
  put_number(packet, kIpHeader, type, 1);
  put_number(packet, kIpHeader + 1, code, 1);
  std::copy(quote.begin(), quote.end(), packet.begin() + static_cast<std::ptrdiff_t>(kIpHeader + kIcmpHeader));
  fix_icmp_checksum(packet);
  return packet;
}

Packet make_echo_reply(std::span<const std::byte> request) {
  const SeenPacket seen = dissect(request);
  Packet packet = make_ip(seen.destination, seen.source, request.size() - kIpHeader);
  std::copy(request.begin() + kIpHeader, request.end(), packet.begin() + kIpHeader);
  put_number(packet, kIpHeader, 0, 1);
  fix_icmp_checksum(packet);
  return packet;
}

SimPath& PathSimulator::path(const Prefix& prefix) {
  const auto found = std::find_if(paths_.begin(), paths_.end(), [&](const SimPath& p) { return p.prefix == prefix; });
  if (found == paths_.end()) throw std::invalid_argument("no path to " + to_string(prefix));
  return *found;
}

bool PathSimulator::lost() {
  random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<double>(random_ >> 11) / 9007199254740992.0 < loss_;
}

std::optional<SimReply> PathSimulator::send(std::span<const std::byte> packet, Instant now) {
  const SeenPacket seen = dissect(packet);
  sent_.emplace_back(now, seen);
  if (lost()) return std::nullopt;
  for (const SimPath& path : paths_) {
    if (path.prefix.contains(seen.destination)) return answer(path, seen, now);
  }
  return std::nullopt;
}

bool PathSimulator::may_answer(const SimRouter& router, const IpAddress& interface, Instant now) {
  if (router.silent) return false;
  if (router.icmp_per_second <= 0) return true;
  Instant& next = next_icmp_.try_emplace(interface, Instant::min()).first->second;
  if (next > now) return false;
  next = now + Duration(static_cast<Duration::rep>(1e9 / router.icmp_per_second));
  return true;
}

std::optional<SimReply> PathSimulator::answer(const SimPath& path, const SeenPacket& packet, Instant now) {
  const std::size_t count = path.routers.size();
  const std::size_t last = path.loops ? std::size_t{255} : count;
  for (std::size_t i = 0; i < last; ++i) {
    const SimRouter& router = path.routers[i < count ? i : count - 2 + (i - count) % 2];
    const IpAddress& interface = router.interfaces[flow_hash(packet, i) % router.interfaces.size()];
    const bool expires = packet.ttl == i + 1;
    if (!expires && !router.unreachable) {
      if (router.drops) return std::nullopt;
      continue;
    }
    if (!may_answer(router, interface, now)) return std::nullopt;
    const auto type = static_cast<std::uint8_t>(router.unreachable ? 3 : 11);
    const auto code = static_cast<std::uint8_t>(router.unreachable ? 13 : 0);
    return SimReply{now + there_and_back(i + 1),
                    make_icmp_error(interface, packet.source, type, code, quote_of(packet, packet.ttl - i))};
  }
  if (!path.hosts.contains(packet.destination)) return std::nullopt;
  const Instant at = now + there_and_back(count + 1);
  if (packet.protocol == kIcmp) return SimReply{at, make_echo_reply(packet.bytes)};
  if (packet.protocol != kUdp) return std::nullopt;
  return SimReply{at, make_icmp_error(packet.destination, packet.source, 3, 3, quote_of(packet, packet.ttl - count))};
}

}  // namespace isthmus::support
