#include "support/internet_simulator.hpp"

#include <algorithm>
#include <chrono>

#include "isthmus/wire/checksum.hpp"

namespace isthmus::testing {
namespace {

constexpr std::uint32_t kFirstBlock = 0x0a000000;  // 10.0.0.0
constexpr std::size_t kQuoted = 28;                // RFC 792: the header and eight bytes more.

std::uint32_t read32(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

void write16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::byte>(value >> 8);
  bytes[at + 1] = static_cast<std::byte>(value);
}

// RFC 1071, over an even number of bytes.
std::uint16_t internet_checksum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << 8 | std::to_integer<std::uint32_t>(bytes[i + 1]);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// An ICMP error (RFC 792) that quotes the probe with the TTL it arrived with.
std::vector<std::byte> icmp_error(std::uint8_t type, std::uint8_t code, const IpAddress& from,
                                  std::span<const std::byte> probe, std::uint8_t arrived_ttl, std::uint8_t reply_ttl) {
  std::vector<std::byte> packet(20 + 8 + kQuoted);
  packet[0] = std::byte{0x45};
  write16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  packet[8] = static_cast<std::byte>(reply_ttl);
  packet[9] = std::byte{1};
  std::transform(from.bytes().begin(), from.bytes().begin() + 4, packet.begin() + 12,
                 [](std::uint8_t b) { return std::byte{b}; });
  std::copy_n(probe.begin() + 12, 4, packet.begin() + 16);
  write16(packet, 10, internet_checksum(std::span(packet).first(20)));
  packet[20] = static_cast<std::byte>(type);
  packet[21] = static_cast<std::byte>(code);
  std::copy_n(probe.begin(), kQuoted, packet.begin() + 28);
  packet[28 + 8] = static_cast<std::byte>(arrived_ttl);
  write16(packet, 28 + 10, 0);
  write16(packet, 28 + 10, internet_checksum(std::span(packet).subspan(28, 20)));
  write16(packet, 22, internet_checksum(std::span(packet).subspan(20)));
  return packet;
}

}  // namespace

responder::WorldSettings InternetSimulator::usual_world(std::uint32_t blocks) {
  return {.seed = 42,
          .blocks = blocks,
          .ases = std::max(1U, blocks / 16),
          .silent_router_percent = 10,
          .silent_host_percent = 30,
          .limited_router_percent = 0,
          .limit_per_second = 100,
          .limit_burst = 10};
}

std::vector<IpAddress> InternetSimulator::targets() const {
  std::vector<IpAddress> targets;
  for (std::uint32_t block = 0; block < world_.blocks; ++block) {
    targets.push_back(IpAddress::v4(kFirstBlock + (block << 8) + 1));
  }
  return targets;
}

bool InternetSimulator::allowed(const responder::Hop& hop, Instant now) {
  if (!hop.limited || hop.is_host) return true;
  const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return responder::world_limit_allows(&world_, &limits_[hop.router], time) != 0;
}

bool InternetSimulator::is_cut(const IpAddress& destination, std::uint32_t flow, std::uint32_t ttl) {
  const auto found = cuts_.find(destination);
  if (found == cuts_.end()) return false;
  Cut& cut = found->second;
  if (!cut.flow) cut.flow = flow;
  return *cut.flow == flow && ttl > cut.behind;
}

void InternetSimulator::send(std::span<const std::byte> packet, Instant now) {
  ++probes_;
  const IpAddress destination = IpAddress::v4(read32(packet, 16));
  const std::uint32_t flow = read32(packet, 20);  // Both ports.
  const auto ttl = std::to_integer<std::uint8_t>(packet[8]);
  destinations_.insert(destination);
  flows_[destination].insert(flow);
  const responder::Hop hop = this->hop(destination, flow, ttl);
  if (is_cut(destination, flow, ttl)) return;
  if (hop.exists == 0 || hop.answers == 0 || !allowed(hop, now)) return;
  if (lose_every_ != 0 && ++answers_ % lose_every_ == 0) return;
  const Instant at = now + std::chrono::microseconds(40 * hop.distance);
  const auto reply_ttl = static_cast<std::uint8_t>(64 - hop.distance);
  if (hop.is_host != 0) {
    const auto left = static_cast<std::uint8_t>(ttl - hop.distance + 1);
    arrivals_.push({at, icmp_error(3, 3, destination, packet, left, reply_ttl)});
  } else {
    arrivals_.push({at, icmp_error(11, 0, router_address(hop.router), packet, 1, reply_ttl)});
  }
}

std::optional<InternetSimulator::Arrival> InternetSimulator::receive(Instant now) {
  if (arrivals_.empty() || arrivals_.top().at > now) return std::nullopt;
  Arrival arrival = arrivals_.top();
  arrivals_.pop();
  return arrival;
}

std::optional<Instant> InternetSimulator::next() const {
  if (arrivals_.empty()) return std::nullopt;
  return arrivals_.top().at;
}

responder::Hop InternetSimulator::hop(const IpAddress& destination, std::uint32_t flow, std::uint32_t ttl) const {
  return responder::world_hop(&world_, destination.v4_value() - kFirstBlock, flow, ttl);
}

std::optional<IpAddress> InternetSimulator::at(const IpAddress& destination, std::uint32_t flow,
                                               std::uint32_t ttl) const {
  const responder::Hop hop = this->hop(destination, flow, ttl);
  if (hop.exists == 0 || hop.answers == 0) return std::nullopt;
  return hop.is_host != 0 ? destination : router_address(hop.router);
}

const std::set<std::uint32_t>& InternetSimulator::flows_to(const IpAddress& destination) const {
  static const std::set<std::uint32_t> none;
  const auto found = flows_.find(destination);
  return found != flows_.end() ? found->second : none;
}

InternetSimulator::Truth InternetSimulator::truth() const {
  Truth truth;
  for (const auto& [destination, flows] : flows_) {
    for (const std::uint32_t flow : flows) {
      std::optional<IpAddress> before;
      for (std::uint32_t ttl = 1; ttl <= 32; ++ttl) {
        const responder::Hop hop = this->hop(destination, flow, ttl);
        if (hop.exists == 0) break;
        const std::optional<IpAddress> here = at(destination, flow, ttl);
        if (hop.is_host != 0) {
          if (here) truth.hosts.insert(destination);
          break;
        }
        if (here) truth.routers.insert(*here);
        if (here && before) truth.links.insert({*before, *here});
        before = here;
      }
    }
  }
  return truth;
}

}  // namespace isthmus::testing
