#pragma once
// A small deterministic network behind bytes: routers by TTL, load balancing by flow, silence, ICMP rate limits, loss,
// hosts. Takes the IP packets of a prober and gives back what would be received, with its time. It reads and writes
// bytes by itself, without the project's codec, so that a mistake there does not cancel out here. One thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::support {

using Packet = std::vector<std::byte>;

/// One IPv4 packet taken apart by hand, enough to route it.
struct SeenPacket {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl{0};
  std::uint8_t protocol{0};
  std::uint16_t ip_id{0};
  /// What a load balancer hashes behind the addresses: ports, or ICMP type, code and checksum.
  std::uint32_t flow_word{0};
  Packet bytes;
};

/// Throws std::invalid_argument when it is not a whole packet.
[[nodiscard]] SeenPacket dissect(std::span<const std::byte> packet);

/// What answers at one place of a path.
struct SimRouter {
  std::vector<IpAddress> interfaces;  ///< More than one: the flow decides which one the packet meets.
  bool silent{false};
  double icmp_per_second{0};  ///< 0: answers everything. Otherwise at most so many, none saved up.
  bool unreachable{false};    ///< Answers "administratively prohibited" instead of forwarding.
  bool drops{false};          ///< Forwards nothing.
};

/// The way to all addresses of a prefix: routers at TTL 1, 2, ..., then the host.
struct SimPath {
  Prefix prefix;
  std::vector<SimRouter> routers;
  std::set<IpAddress> hosts;  ///< Who answers echo and closed ports; others are silent.
  bool loops{false};          ///< The last two routers send packets back and forth for ever.
};

struct SimReply {
  Instant at{};
  Packet bytes;
};

class PathSimulator {
 public:
  explicit PathSimulator(std::uint64_t seed = 1) : random_(seed) {}

  void add_path(SimPath path) { paths_.push_back(std::move(path)); }
  /// The path of a prefix, to change it while the clock runs.
  SimPath& path(const Prefix& prefix);
  void set_loss(double probability) { loss_ = probability; }

  /// Takes a packet at a time and gives the reply that it will cause, if any.
  std::optional<SimReply> send(std::span<const std::byte> packet, Instant now);

  /// All packets sent, in order.
  [[nodiscard]] const std::vector<std::pair<Instant, SeenPacket>>& sent() const { return sent_; }
  void forget_sent() { sent_.clear(); }

 private:
  bool lost();
  std::optional<SimReply> answer(const SimPath& path, const SeenPacket& packet, Instant now);
  bool may_answer(const SimRouter& router, const IpAddress& interface, Instant now);

  std::vector<SimPath> paths_;
  std::vector<std::pair<Instant, SeenPacket>> sent_;
  std::map<IpAddress, Instant> next_icmp_;
  std::uint64_t random_;
  double loss_{0};
};

/// The time a packet takes from one router to the next.
inline constexpr Duration kHopDelay = std::chrono::milliseconds(2);

/// Builders of replies, for tests that forge them. `quote` is the packet as the responder saw it.
[[nodiscard]] Packet make_icmp_error(const IpAddress& from, const IpAddress& to, std::uint8_t type, std::uint8_t code,
                                     std::span<const std::byte> quote);
/// The echo reply to a whole echo request.
[[nodiscard]] Packet make_echo_reply(std::span<const std::byte> request);
/// Writes the ICMP checksum of a whole packet anew, after bytes of it were changed.
void fix_icmp_checksum(Packet& packet);
/// A big-endian number in a packet.
[[nodiscard]] std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size);
void put_number(Packet& bytes, std::size_t at, std::uint32_t value, std::size_t size);

}  // namespace isthmus::support
