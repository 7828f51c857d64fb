#pragma once
// What the hops of traces say beyond who answered: where probes were lost and why, translators, loops, faulty routers,
// tunnels. Pure functions of values; any thread. What the evidence does not show is called unknown.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes {

enum class LossCause : std::uint8_t {
  none,          ///< Nothing was lost.
  icmp_limit,    ///< The router forwards, for hops behind it answer, and answers clearly less often than they do.
  forward_loss,  ///< The probe did not get there: everything behind was silent too, and answers at other times.
  reverse_loss,  ///< The answer did not come back: its way changed at that moment, while hops behind kept answering.
  unknown,       ///< Anything else: loss shared with the hops behind, or too little to go by.
};
[[nodiscard]] const char* to_string(LossCause cause);

/// Lost probes by cause.
struct LossCounts {
  std::uint32_t icmp_limit{0};
  std::uint32_t forward{0};
  std::uint32_t reverse{0};
  std::uint32_t unknown{0};
  [[nodiscard]] std::uint32_t total() const { return icmp_limit + forward + reverse + unknown; }
  /// The most frequent one.
  [[nodiscard]] LossCause cause() const;
  friend bool operator==(const LossCounts&, const LossCounts&) = default;
};

struct HopDiagnosis {
  Ttl ttl{1};
  std::uint32_t probes{0};  ///< That left. Equal to the losses when the hop never answered.
  LossCounts lost;
  friend bool operator==(const HopDiagnosis&, const HopDiagnosis&) = default;
};

/// One router at two hops with others in between.
struct Loop {
  IpAddress router;
  Ttl first{1};
  Ttl again{1};         ///< The period is again - first.
  bool lasting{false};  ///< What follows goes on in the same circle until the trace ends; otherwise the path may just
                        ///< have changed during the trace.
  friend bool operator==(const Loop&, const Loop&) = default;
};

/// A router that forwards probes whose TTL it has counted down to 0 instead of answering them: it does not show, and
/// the next router answers in its place, quoting TTL 0.
struct ZeroTtl {
  Ttl hidden{1};          ///< Where the faulty router is.
  IpAddress next;         ///< Who answered there; really one hop further.
  bool confirmed{false};  ///< The same router answered one TTL further too, quoting TTL 1.
  friend bool operator==(const ZeroTtl&, const ZeroTtl&) = default;
};

/// Hops in one MPLS tunnel.
struct Tunnel {
  enum class Evidence : std::uint8_t {
    labels,      ///< The routers sent the label stack (RFC 4950).
    quoted_ttl,  ///< They quote TTLs that grow by one a hop: the IP TTL rests in a tunnel, the label's is counted down.
  };
  Ttl first{1};
  Ttl last{1};
  Evidence evidence{Evidence::labels};
  friend bool operator==(const Tunnel&, const Tunnel&) = default;
};

/// The destination's address answered at more than one TTL: a gateway answers in its name.
struct TargetRepeats {
  Ttl first{1};
  Ttl last{1};
  friend bool operator==(const TargetRepeats&, const TargetRepeats&) = default;
};

/// About one flow. Losses are summed over its rounds; the rest describes the last round, since a path may change.
struct TraceDiagnosis {
  FlowId flow;
  std::vector<HopDiagnosis> hops;  ///< Ascending TTL; none behind the destination.
  /// The hop behind the last one that probes reached, in the last round with forward loss.
  std::optional<Ttl> cut;
  /// The first hop that quotes the probe with fields that a NAT rewrites, as all hops behind it do. The translator is
  /// this hop or the one before it.
  std::optional<Ttl> translated_from;
  std::optional<Loop> loop;
  std::vector<ZeroTtl> zero_ttl;
  std::vector<Tunnel> tunnels;
  std::optional<TargetRepeats> target_repeats;
  friend bool operator==(const TraceDiagnosis&, const TraceDiagnosis&) = default;
};

/// A single trace hardly ever proves forward loss: who was never seen to answer is not known to be there.
[[nodiscard]] TraceDiagnosis diagnose(const Trace& trace);

/// Rounds and flows of one path, flow by flow in ascending order. Precondition: the traces are of one vantage point,
/// destination and protocol, and those of a flow are in the order in which they were made.
[[nodiscard]] std::vector<TraceDiagnosis> diagnose(std::span<const Trace> traces);

}  // namespace isthmus::probes
