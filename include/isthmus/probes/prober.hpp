#pragma once
// Everything one vantage point sends and makes of the answers: pings, traces and the search for answering addresses,
// under one rate limit, one deny list and one budget per router. Sans-I/O: its owner, one thread a vantage point,
// gives it packets and the time, and asks it for packets and observations:
//
//   while (!stopping) {
//     prober.handle_timeout(now());
//     while (auto packet = prober.poll_packet(now(), wall())) {
//       if (int error = io.send({packet->bytes, packet->destination, &left}))
//         prober.handle_send_failure(packet->key, error, now());
//       else
//         prober.handle_sent(packet->key, left);
//     }
//     while (auto observation = prober.poll_observation()) publish(std::move(*observation));
//     io.wait(prober.next_deadline());
//     for (const auto& packet : io.receive()) prober.handle_packet(packet.bytes, packet.received);
//   }

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/probes/settings.hpp"

namespace isthmus::probes {

/// Names one probe that left, for handle_send_failure.
struct ProbeKey {
  enum class Engine : std::uint8_t { ping, traceroute, discovery } engine{Engine::ping};
  std::uint64_t number{0};
};

/// A whole IP packet, ready for a socket that takes headers.
struct OutgoingPacket {
  std::span<const std::byte> bytes;  ///< Belongs to the prober; valid until the next poll_packet.
  IpAddress destination;
  ProbeKey key;
};

/// Which router carries a traced flow on its last hop before the target's network. A prober knows nothing of networks;
/// whoever concludes from its traces tells it, and sentinels stand there from then on.
struct UpstreamAdvice {
  std::string target;
  IpAddress address;
  FlowId flow;
  IpAddress router;
};

class Prober {
 public:
  /// Fails (invalid_argument) on a rate limit that is not positive, an interval or timeout of zero, no attempts, a TTL
  /// range that is empty, a protocol that is not there, or prefixes that hold too many blocks.
  static Result<Prober> create(ProberSettings settings, SourceLookup source_for);

  Prober(Prober&&) noexcept;
  Prober& operator=(Prober&&) noexcept;
  ~Prober();

  /// The next packet to send right now, if the limits allow one. `now` counts as its time of sending unless handle_sent
  /// says better.
  std::optional<OutgoingPacket> poll_packet(Instant now, Timestamp wall);
  /// When the packet polled last really left: the time right before the system call.
  void handle_sent(const ProbeKey& key, Instant sent);
  /// The packet polled last or before could not be sent.
  void handle_send_failure(const ProbeKey& key, int error_number, Instant now);
  /// Anything that was received: replies are matched, everything else is counted by reason.
  void handle_packet(std::span<const std::byte> bytes, Instant received);
  /// Gives up on probes whose time is over.
  void handle_timeout(Instant now);
  /// When poll_packet or handle_timeout has something to do; Instant::max() when never.
  [[nodiscard]] Instant next_deadline() const;
  /// Whether a probe is due already, and only the rate limit, or that nobody polled it, holds it back.
  [[nodiscard]] bool is_behind(Instant now) const;
  std::optional<Observation> poll_observation();

  /// Traces all flows to the address as soon as the limits allow, ahead of what is scheduled. For one of the traced
  /// addresses; ignored for others.
  void trace_now(const std::string& target, const IpAddress& address, Instant now);

  /// Pings the block ahead of its round, `first` before its others if it is known here, and more of it after a miss.
  /// Ignored unless rounds ask one address of a block: otherwise all of it is asked all the time.
  void ping_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first, Instant now);

  /// As trace_now where a path is said to have changed: flows that sentinels watch are looked at, which costs a probe
  /// where nothing is new; all others are traced. Either way each is reported.
  void look_now(const std::string& target, const IpAddress& address, Instant now);
  /// Ignored for what is not traced, and without sentinels.
  void advise(const UpstreamAdvice& advice);

  /// Takes over new settings, all or nothing; what continues keeps its phase, its counters and its probes under way.
  /// The key seed and the vantage point's name stay as they were.
  Result<void> reconfigure(ProberSettings settings, Instant now);

  /// Counters since the start. `receive_drops` and `observations_dropped` are left to the owner, who knows.
  [[nodiscard]] ProberReport report(Instant now, Timestamp wall) const;

  /// Addresses pinged at present for a target, discovered ones included, ascending.
  [[nodiscard]] std::vector<IpAddress> known_addresses(const std::string& target) const;

 private:
  class Impl;
  explicit Prober(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::probes
