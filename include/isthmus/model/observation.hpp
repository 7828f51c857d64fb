#pragma once
// What was measured: probes, replies, outcomes, hops, traces, ping series. Value types; any thread.
// Words as in the README's vocabulary: what was *seen* is a path, a flow is only the header fields that are hashed.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus {

enum class Protocol : std::uint8_t { icmp, udp, tcp };
[[nodiscard]] const char* to_string(Protocol protocol);

/// The header fields that load balancers hash, as a number: equal ids give equal fields (Paris traceroute).
struct FlowId {
  std::uint16_t value{0};
  friend constexpr auto operator<=>(const FlowId&, const FlowId&) = default;
};

/// IPv4 time to live or IPv6 hop limit; 1 to 255 in a probe.
using Ttl = std::uint8_t;

enum class ReplyKind : std::uint8_t {
  echo_reply,     ///< ICMP echo reply from the destination.
  time_exceeded,  ///< A router on the path (ICMP type 11, ICMPv6 type 3).
  unreachable,    ///< ICMP type 3, ICMPv6 type 1; see icmp_code for why.
  tcp_syn_ack,    ///< The destination's port is open.
  tcp_rst,        ///< The destination's port is closed.
};
[[nodiscard]] const char* to_string(ReplyKind kind);

/// One entry of an MPLS label stack (RFC 3032 section 2.1).
struct MplsLabel {
  std::uint32_t label{0};        ///< 20 bits.
  std::uint8_t experimental{0};  ///< Traffic class, 3 bits (RFC 5462).
  bool bottom{false};
  Ttl ttl{0};
  friend bool operator==(const MplsLabel&, const MplsLabel&) = default;
};

/// One packet that came back and proved to answer one of our probes.
struct Reply {
  IpAddress from;
  ReplyKind kind{ReplyKind::echo_reply};
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  Duration rtt{};                   ///< Both ends read on one clock.
  Ttl ttl{0};                       ///< TTL of the reply as received.
  std::optional<Ttl> quoted_ttl{};  ///< TTL of our probe as the responder quotes it; normally 1.
  std::uint16_t size{0};            ///< IP length of the reply in bytes.
  std::optional<std::uint8_t>
      quoted_tos{};               ///< TOS or traffic class of our probe as the responder quotes it; sent as 0.
  std::uint16_t ip_id{0};         ///< IP-ID of the reply itself (IPv4).
  std::vector<MplsLabel> mpls{};  ///< Labels that our probe carried when it expired, outermost first (RFC 4950).
  bool weak{false};       ///< Something rewrote the probe on its way: at least 16 keyed bits were intact instead of 32.
  bool rewritten{false};  ///< The quote differs from what was sent in a field that a NAT rewrites.
  friend bool operator==(const Reply&, const Reply&) = default;
};

struct TimedOut {
  friend bool operator==(const TimedOut&, const TimedOut&) = default;
};
/// The packet never left: errno and its text.
struct SendFailed {
  int error_number{0};
  friend bool operator==(const SendFailed&, const SendFailed&) = default;
};

/// What became of one probe. Exactly one of the three, always.
using Outcome = std::variant<Reply, TimedOut, SendFailed>;

[[nodiscard]] inline const Reply* reply_of(const Outcome& outcome) { return std::get_if<Reply>(&outcome); }

/// Outcomes at one TTL; silence is a value (TimedOut), not a gap.
struct Hop {
  Ttl ttl{1};
  std::vector<Outcome> outcomes;  ///< In the order the probes were sent; at least one.
  /// When it was measured, where that was not during the trace: a trace that looks only at the part of a path that
  /// changed takes the other hops over from the one before.
  std::optional<Timestamp> measured{};
  /// The first answer, or nullptr when the hop was silent.
  [[nodiscard]] const Reply* answer() const;
  friend bool operator==(const Hop&, const Hop&) = default;
};

/// Why a trace ended.
enum class StopReason : std::uint8_t {
  reached,      ///< The destination itself answered.
  unreachable,  ///< A router said that it cannot or may not forward.
  gap_limit,    ///< Too many silent hops in a row.
  max_ttl,      ///< The TTL limit was reached.
  loop,         ///< The same router again and again.
  send_failed,  ///< The probes could not be sent.
};
[[nodiscard]] const char* to_string(StopReason reason);

/// Hops of one flow to one address from one vantage point.
struct Trace {
  std::string vantage;
  std::string target;
  IpAddress source;  ///< Address the probes left from; 0.0.0.0 when unknown.
  IpAddress destination;
  Protocol protocol{Protocol::udp};
  FlowId flow;
  Timestamp started{};
  Timestamp ended{};
  std::vector<Hop> hops;  ///< Ascending TTL without holes, from the first TTL probed.
  StopReason stop{StopReason::gap_limit};
  IpAddress
      seen_from{};  ///< Address under which the world sees the vantage point (RIPE Atlas "from"); 0.0.0.0 when unknown.
  friend bool operator==(const Trace&, const Trace&) = default;
};

/// One echo request and what became of it.
struct PingOutcome {
  Timestamp sent{};
  Outcome outcome;
  friend bool operator==(const PingOutcome&, const PingOutcome&) = default;
};

/// Whether the reply shows that the pinged address itself is there: an echo reply, a TCP answer, or the address saying
/// that it has no such port (ICMP type 3 code 3, RFC 792; ICMPv6 type 1 code 4, RFC 4443).
[[nodiscard]] bool answers_ping(const Reply& reply, const IpAddress& address);

/// Echo outcomes of one address from one vantage point, in sending order; at least one.
struct PingSeries {
  std::string vantage;
  std::string target;  ///< Empty for a control address.
  IpAddress source;
  IpAddress address;
  std::vector<PingOutcome> outcomes;
  Protocol protocol{Protocol::icmp};
  IpAddress seen_from{};  ///< As in a trace.
  friend bool operator==(const PingSeries&, const PingSeries&) = default;
};

/// A timestamped trace or ping series.
using Observation = std::variant<Trace, PingSeries>;

[[nodiscard]] const std::string& vantage_of(const Observation& observation);
/// When the observation was complete: the end of a trace, the last sending of a ping series.
[[nodiscard]] Timestamp time_of(const Observation& observation);

/// Why a received packet did not count as a reply.
enum class InvalidReason : std::uint8_t {
  malformed,   ///< Truncated or inconsistent bytes.
  not_ours,    ///< Somebody else's traffic: no probe of ours could have caused it.
  bad_tag,     ///< Looks like ours, but the keyed tag does not match.
  duplicate,   ///< A second answer to one probe.
  too_late,    ///< Arrived after its probe had timed out.
  impossible,  ///< A round-trip time that physics or the clock forbids.
};
inline constexpr std::size_t kInvalidReasons = 6;
[[nodiscard]] const char* to_string(InvalidReason reason);

/// Health and counters of one vantage point's prober since it started; sent along with the observations.
struct ProberReport {
  struct Sent {
    std::string engine;  ///< "ping", "traceroute" or "discovery".
    Protocol protocol{Protocol::icmp};
    std::uint64_t probes{0};
    friend bool operator==(const Sent&, const Sent&) = default;
  };
  std::string vantage;
  Timestamp time{};
  std::vector<Sent> sent;
  std::array<std::uint64_t, kInvalidReasons> invalid{};  ///< Indexed by InvalidReason.
  std::uint64_t receive_drops{0};                        ///< Packets the kernel dropped because its queue was full.
  std::uint64_t observations_dropped{0};                 ///< Observations lost because the way to the core was full.
  std::uint64_t send_failures{0};
  std::uint64_t denied{0};  ///< Probes not sent because of the deny list.
  Duration pacing_lag{};    ///< How far the oldest due probe is behind its time.
  std::string problem;      ///< Empty, or why this vantage point cannot probe at all.
  friend bool operator==(const ProberReport&, const ProberReport&) = default;
};

}  // namespace isthmus
