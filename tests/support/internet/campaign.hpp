#pragma once
// A measurement campaign over the simulated internet: which vantage points trace which blocks with which flows and
// when, and for each trace what really happened. One thread a call.

#include <cstdint>
#include <functional>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "support/internet/internet.hpp"
#include "support/internet/prober.hpp"

namespace isthmus::testing::internet {

struct CampaignSettings {
  ProbeSettings probes{};
  std::uint16_t flows{4};
  std::uint32_t addresses_per_block{1};
  /// Each is a round in which everything is traced once. Default: 2024-01-01T00:00:00Z.
  std::vector<Timestamp> rounds{Timestamp(std::chrono::seconds(1704067200))};
  Duration round_length{std::chrono::minutes(15)};  ///< Over which the traces of a round are spread.
};

/// What is true of one trace.
struct TruthOfTrace {
  /// ASes that the flow crosses, the vantage point's first, the one that has the users last (siblings not collapsed).
  /// Shorter when the network had no route at the time.
  std::vector<Asn> as_path{};
  /// The last AS before the target's own organisation; none when the vantage point sits inside it or no route leads
  /// there.
  Asn upstream{};
  /// For each hop of the trace who runs what stands there, none behind the destination.
  std::vector<Asn> hop_operator{};
  /// Routers on the way, also those that no probe can see.
  std::vector<RouterId> routers{};
  std::uint32_t vantage{0};  ///< Index into Internet::vantages().
  std::uint32_t target{0};   ///< Index into Internet::targets().
  std::uint32_t block{0};    ///< Index into the target's blocks.
  bool arrives{false};       ///< There was a route all the way.
  /// Whether any answer came from the upstream or from behind it. Without one, naming it can only be a guess.
  bool seen{false};
};

struct Campaign {
  std::vector<Trace> traces;
  std::vector<TruthOfTrace> truth;  ///< As many, in the same order.
};

using TraceSink = std::function<void(Trace&& trace, TruthOfTrace&& truth)>;

/// All traces of a campaign, one after the other: round by round, block by block, by vantage point, address and flow.
void for_each_trace(const Internet& internet, const CampaignSettings& settings, const TraceSink& sink);

/// The same, all in memory: about 2.5 kB a trace.
[[nodiscard]] Campaign trace_all(const Internet& internet, const CampaignSettings& settings);

}  // namespace isthmus::testing::internet
