#pragma once
// The immutable sum of everything isthmus knows at one moment: what every exporter reads. Built by resilience::Core
// on the core thread, then shared as shared_ptr<const Snapshot>; any thread may read it.
//
// Snapshots share what did not change between them: a new one costs what changed, not what exists. What can be worked
// out from the rest (names of hops, the votes of a vantage point in every block) is not stored.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/packed_trace.hpp"
#include "isthmus/resilience/diversity.hpp"
#include "isthmus/resilience/rejection.hpp"
#include "isthmus/resilience/shared_list.hpp"

namespace isthmus::resilience {

/// A share with its 95 % interval, all in [0, 1].
struct ShareEstimate {
  double estimate{0};
  double low{0};
  double high{1};
  friend bool operator==(const ShareEstimate&, const ShareEstimate&) = default;
};

/// One upstream of a block or, summed up, of a target.
struct UpstreamView {
  Asn asn;
  std::string name;                      ///< Organisation; empty when unknown.
  Confidence confidence{Confidence::c};  ///< Best among its units.
  State state{State::unknown};           ///< up: carries all its blocks; degraded: some lost; down: all lost.
  std::uint32_t units{0};                ///< (vantage AS, block) pairs now carried.
  Timestamp first_seen{};
  Timestamp last_seen{};
  ShareEstimate vantage;  ///< Share of units.
  ShareEstimate address;  ///< Share of traced addresses.
  ShareEstimate flow;     ///< Share of flows.
};

/// How one vantage point sees one block; its last state while the vantage point does not vote.
struct BlockVantageView {
  State state{State::unknown};
  double probability{0.5};  ///< Belief that the block is reachable from here.
  friend bool operator==(const BlockVantageView&, const BlockVantageView&) = default;
};

/// The latest path of one flow. Whose its hops are is Snapshot::label's to say.
struct PathView {
  PackedTrace trace;
  Asn upstream;  ///< None when undecided.
  Confidence confidence{Confidence::c};
  std::string_view rule;  ///< The inference rule that fired; a literal.
};

struct BlockView {
  Block block;
  State state{State::unknown};
  Timestamp since{};
  double reachability_probability{0.5};
  std::vector<UpstreamView> upstreams;    ///< Ascending ASN.
  double unknown_share{1};                ///< Share of units whose upstream is not known; never spread over others.
  double effective_upstreams{0};          ///< 1 / sum of squared shares; 0 when none is known.
  std::shared_ptr<const BlockWays> ways;  ///< How it is reached, and what hangs on what; null before the first trace.
  std::shared_ptr<const FailingHop> failing;  ///< Where its paths end, while it is down; null when that is not known.
  bool learning{true};  ///< What is normal is still being learned: upstreams found now are no events.
  std::vector<BlockVantageView> vantages;  ///< One for each of Snapshot::vantages, in their order.
  std::vector<PathView> paths;             ///< Ordered by vantage point, address and flow.
};

/// Cumulative (Prometheus-style) histogram of round-trip times; buckets as in kRttBucketsSeconds, then +Inf.
inline constexpr std::array kRttBucketsSeconds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                               0.1,    0.15,  0.2,   0.3,   0.5,  1.0,  2.0};
/// Not cumulative: one count a bucket.
using RttBuckets = std::array<std::uint64_t, kRttBucketsSeconds.size() + 1>;
struct RttStatistics {
  RttBuckets buckets{};
  double sum_seconds{0};
};
struct PingStatistics {
  std::string vantage;
  std::uint64_t probes{0};
  std::uint64_t replies{0};
  RttBuckets rtt_buckets{};
  double rtt_sum_seconds{0};
  std::map<Asn, RttStatistics> upstream_rtts{};  ///< The same of those whose way was known, by who carried them.
};

struct TargetView {
  std::string name;
  Asn asn;
  State state{State::unknown};
  Timestamp since{};
  std::vector<UpstreamView> upstreams;  ///< Union over the blocks, ascending ASN; lost ones stay with state down.
  std::vector<Asn> expected_upstreams;  ///< As configured; may be empty: then anybody may carry it.
  std::vector<Asn> strained_upstreams;  ///< That lose packets, or are slow, beyond what they usually do; ascending.
  std::uint32_t upstream_count{0};      ///< Upstreams that carry at least one block now (held while down).
  double unknown_share{1};
  double effective_upstreams{0};
  std::shared_ptr<const TargetDiversity> diversity;  ///< Null before anything is known.
  SharedList<BlockView> blocks;                      ///< Configuration order.
  std::vector<PingStatistics> pings;                 ///< One per configured vantage point, always.
  std::map<EventKind, std::uint64_t> events;         ///< Every kind has its entry.
};

struct VantageView {
  std::string name;
  Asn asn;
  VantageState state{VantageState::unknown};
  bool voting{false};  ///< False from the first sign on that it cannot see, before its state says so.
  std::string reason;  ///< Why it is not valid, empty otherwise.
  Timestamp since{};
  std::optional<Timestamp> last_observation;
  std::uint32_t controls_answering{0};
  std::uint32_t controls{0};
  std::optional<ProberReport> report;         ///< Latest health report of its prober.
  std::map<EventKind, std::uint64_t> events;  ///< vantage_invalid and vantage_valid always have their entry.
};

/// What the address of a hop is taken for.
struct HopLabel {
  Asn asn;  ///< None when no data maps the address.
  std::string name;
};

struct Snapshot {
  Timestamp time{};
  SharedList<TargetView> targets;     ///< Configuration order.
  std::vector<VantageView> vantages;  ///< Configuration order.
  RejectionCounts rejected{};         ///< Observations that were not taken in.
  std::string prefix_data;            ///< Version or file name of the prefix-to-AS data in use,
  /// and what that data says of an address. Any thread may call it; empty when there is no data.
  std::function<HopLabel(const IpAddress&)> label;
};

}  // namespace isthmus::resilience
