#include "support/path_simulator.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>

namespace isthmus::support {
namespace {

// The first eight bytes behind the IP header are all that RFC 792 promises; RFC 4443 quotes whole packets of this size.
Packet quote_of(const SeenPacket& packet, std::size_t ttl) {
  Packet quote = packet.bytes;
  const bool v4 = packet.source.is_v4();
  put_number(quote, v4 ? 8 : 7, static_cast<std::uint32_t>(ttl), 1);
  if (v4) quote.resize(std::min(quote.size(), packet.header + 8));
  return quote;
}

// Types and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443) for one thing to say.
enum class Complaint { expired, prohibited, closed };
Packet complain(Complaint what, const IpAddress& from, const SeenPacket& about, std::size_t ttl) {
  struct Numbers {
    std::uint8_t type, code;
  };
  constexpr std::array<Numbers, 3> kV4{{{11, 0}, {3, 13}, {3, 3}}};
  constexpr std::array<Numbers, 3> kV6{{{3, 0}, {1, 1}, {1, 4}}};
  const Numbers n = (from.is_v4() ? kV4 : kV6)[static_cast<std::size_t>(what)];
  return make_icmp_error(from, about.source, n.type, n.code, quote_of(about, ttl));
}

// Each place of a path hashes in its own way.
std::uint64_t flow_hash(const SeenPacket& packet, std::size_t place) {
  const std::uint64_t rest = packet.destination.is_v4()
                                 ? packet.destination.v4_value()
                                 : std::hash<IpAddress>{}(packet.destination) ^ packet.flow_label;
  std::uint64_t x = (std::uint64_t{packet.flow_word} << 32 ^ rest) + place * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

Duration there_and_back(std::size_t hops) { return 2 * kHopDelay * static_cast<int>(hops); }

}  // namespace

SimPath& PathSimulator::path(const Prefix& prefix) {
  const auto found = std::find_if(paths_.begin(), paths_.end(), [&](const SimPath& p) { return p.prefix == prefix; });
  if (found == paths_.end()) throw std::invalid_argument("no path to " + to_string(prefix));
  return *found;
}

std::uint64_t PathSimulator::draw() {
  random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
  return random_ >> 11;
}

bool PathSimulator::lost() { return static_cast<double>(draw()) / 9007199254740992.0 < loss_; }

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
  const Duration token(static_cast<Duration::rep>(1e9 / router.icmp_per_second));
  const Duration burst(static_cast<Duration::rep>(router.icmp_burst * 1e9 / router.icmp_per_second));
  Instant& full = icmp_full_.try_emplace(interface, Instant::min()).first->second;
  if (std::max(full, now) + token > now + burst) return false;
  full = std::max(full, now) + token;
  return true;
}

std::optional<SimReply> PathSimulator::answer(const SimPath& path, const SeenPacket& packet, Instant now) {
  const std::size_t count = path.routers.size();
  const std::size_t last = path.loops ? std::size_t{255} : count;
  for (std::size_t i = 0; i < last; ++i) {
    const SimRouter& router = path.routers[i < count ? i : count - 2 + (i - count) % 2];
    const std::uint64_t choice = router.per_packet ? draw() : flow_hash(packet, i);
    const IpAddress& interface = router.interfaces[choice % router.interfaces.size()];
    const bool expires = packet.ttl == i + 1;
    if (!expires && !router.unreachable) {
      if (router.drops) return std::nullopt;
      continue;
    }
    if (!may_answer(router, interface, now)) return std::nullopt;
    const auto what = router.unreachable ? Complaint::prohibited : Complaint::expired;
    return SimReply{now + there_and_back(i + 1), complain(what, interface, packet, packet.ttl - i)};
  }
  if (!path.hosts.contains(packet.destination)) return std::nullopt;
  const Instant at = now + there_and_back(count + 1);
  if (packet.protocol == kTcp) return SimReply{at, make_tcp_answer(packet.bytes, path.tcp_open)};
  if (packet.protocol == kUdp) {
    return SimReply{at, complain(Complaint::closed, packet.destination, packet, packet.ttl - count)};
  }
  return SimReply{at, make_echo_reply(packet.bytes)};
}

}  // namespace isthmus::support
