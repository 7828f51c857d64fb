#pragma once
// A small deterministic network behind bytes: routers by TTL, load balancing by flow, silence, ICMP rate limits, loss,
// hosts, over UDP, ICMP and TCP, IPv4 and IPv6. Takes the IP packets of a prober and gives back what would be received,
// with its time. One thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "support/packets.hpp"

namespace isthmus::support {

/// What answers at one place of a path.
struct SimRouter {
  std::vector<IpAddress> interfaces;  ///< More than one: the flow decides which one the packet meets.
  bool per_packet{false};             ///< Each packet takes any of them instead, whatever its flow.
  bool silent{false};
  double icmp_per_second{0};  ///< 0: answers everything. Otherwise at most so many,
  double icmp_burst{1};       ///< and so many at once after a pause. Linux: 1 a second, 6 at once.
  bool unreachable{false};    ///< Answers "administratively prohibited" instead of forwarding.
  bool drops{false};          ///< Forwards nothing.
};

/// The way to all addresses of a prefix: routers at TTL 1, 2, ..., then the host.
struct SimPath {
  Prefix prefix;
  std::vector<SimRouter> routers;
  std::set<IpAddress> hosts;  ///< Who answers echo and closed ports; others are silent.
  bool tcp_open{false};       ///< The hosts answer a SYN with SYN-ACK instead of RST.
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
  std::uint64_t draw();
  bool lost();
  std::optional<SimReply> answer(const SimPath& path, const SeenPacket& packet, Instant now);
  bool may_answer(const SimRouter& router, const IpAddress& interface, Instant now);

  std::vector<SimPath> paths_;
  std::vector<std::pair<Instant, SeenPacket>> sent_;
  std::map<IpAddress, Instant> icmp_full_;  // when the router will have saved up all it can
  std::uint64_t random_;
  double loss_{0};
};

/// The time a packet takes from one router to the next.
inline constexpr Duration kHopDelay = std::chrono::milliseconds(2);

}  // namespace isthmus::support
