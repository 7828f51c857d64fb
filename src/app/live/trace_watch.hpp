#pragma once
// What a live trace knows of the ways to one destination: who answers at which TTL, for which flows, how fast, and what
// was lost why. Bounded memory, however long it runs. No I/O; one thread.
//
// A lost probe counts for the router that its flow met at that TTL before: after a change of path the new router begins
// without a loss, and the old one keeps what it had.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/live/rtt_stats.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/probes/diagnosis.hpp"

namespace isthmus::app {

/// One router (or the destination) at one TTL.
struct Responder {
  IpAddress address;
  std::uint64_t lost{0};
  RttStats rtt{};
  std::vector<MplsLabel> mpls{};       ///< Of the latest answer.
  std::string mark{};                  ///< How the latest answer differs from the plain one of a router: "!host".
  std::vector<std::uint16_t> flows{};  ///< Whose path leads over it now; empty: it did before.
  probes::LossCounts causes{};         ///< Of the losses among the latest rounds.

  [[nodiscard]] std::uint64_t sent() const { return rtt.count + lost; }
};

struct WatchedHop {
  Ttl ttl{1};
  std::vector<Responder> responders;        ///< In the order in which they first answered.
  std::vector<std::uint16_t> silent_flows;  ///< Which met nobody here so far,
  std::uint64_t silent_probes{0};           ///< and how many probes that were.
};

/// Flows that meet the same routers, as far as they answer.
struct WatchedPath {
  std::vector<std::uint16_t> flows;
  std::map<Ttl, IpAddress> hops;
};

/// End to end.
struct WatchedFlow {
  std::uint16_t flow{0};
  std::uint64_t rounds{0};
  std::uint64_t reached{0};              ///< Rounds that came to the destination.
  std::uint64_t changes{0};              ///< Rounds in which a known hop was another one.
  RttStats rtt{};                        ///< Of the destination.
  StopReason stop{StopReason::reached};  ///< Why the latest round ended,
  Ttl last_ttl{0};                       ///< and at which TTL.
};

class TraceWatch {
 public:
  /// Rounds of each flow that causes of loss are read from.
  static constexpr std::size_t kRounds = 60;
  /// Responders at one TTL; a router that answers under ever new addresses must not fill the memory.
  static constexpr std::size_t kMostResponders = 64;

  void take(const Trace& trace);
  void reset();

  /// Ascending TTL, without those behind the end of every flow's path.
  [[nodiscard]] std::vector<WatchedHop> hops() const;
  /// The one with most flows first.
  [[nodiscard]] std::vector<WatchedPath> paths() const;
  [[nodiscard]] std::vector<WatchedFlow> flows() const;
  /// Of each flow's latest rounds.
  [[nodiscard]] std::vector<probes::TraceDiagnosis> diagnoses() const;
  /// Rounds of the flow that has most.
  [[nodiscard]] std::uint64_t rounds() const;
  /// Probes held back because a router is known to answer less often; they are no loss.
  [[nodiscard]] std::uint64_t withheld() const { return withheld_; }
  /// Probes that could not be sent, and the errno of the last one.
  [[nodiscard]] std::uint64_t send_failures() const { return send_failures_; }
  [[nodiscard]] int last_error() const { return last_error_; }
  [[nodiscard]] const IpAddress& source() const { return source_; }

 private:
  struct Flow {
    WatchedFlow figures;
    std::map<Ttl, IpAddress> known;  // who answers its probes
    Ttl end{0};                      // last TTL of its path
    std::vector<Trace> latest;
    std::optional<probes::TraceDiagnosis> diagnosis;  // of these; made once a round, not once a picture
  };
  struct Place {
    std::vector<Responder> responders;
    std::map<std::uint16_t, std::uint64_t> silent;  // probes of flows that met nobody
  };

  void take_hop(Flow& flow, const Trace& trace, const Hop& hop);
  static Responder* find(Place& place, const IpAddress& address);

  std::map<std::uint16_t, Flow> flows_;
  std::map<Ttl, Place> places_;
  std::uint64_t withheld_{0};
  std::uint64_t send_failures_{0};
  int last_error_{0};
  IpAddress source_;
};

}  // namespace isthmus::app
