#include "telemetry/collector.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "telemetry/collect_outages.hpp"
#include "telemetry/collect_stream.hpp"
#include "telemetry/families.hpp"

namespace isthmus::telemetry {
namespace {

using prometheus::MetricFamily;
using resilience::PingStatistics;
using resilience::ShareEstimate;
using resilience::Snapshot;
using resilience::TargetDiversity;
using resilience::TargetView;
using resilience::UpstreamView;
using resilience::VantageView;

using Families = std::vector<MetricFamily>;

// Networks named for each target: more would be a series for every network of the internet.
constexpr std::size_t kMostNamed = 5;

const TargetDiversity& diversity_of(const TargetView& target) {
  static const TargetDiversity kNothing;
  return target.diversity == nullptr ? kNothing : *target.diversity;
}

void collect_targets(const Snapshot& snapshot, Families& out) {
  auto state =
      Family::gauge("isthmus_target_state", "Whether a watched network is reachable: 1 for its present state.");
  auto upstreams =
      Family::gauge("isthmus_target_upstreams", "Upstream providers that carry at least one block of the target now.");
  auto unknown = Family::gauge("isthmus_target_unknown_share_ratio",
                               "Part of the (vantage point, block) pairs whose upstream is not known.");
  auto effective =
      Family::gauge("isthmus_target_effective_upstreams",
                    "Number of equally used upstreams with the same diversity: 1 / sum of squared shares.");
  for (const TargetView& target : snapshot.targets) {
    const Label name{"target", target.name};
    state.add_states(name, {}, kStates, target.state);
    upstreams.add({name}, std::uint64_t{target.upstream_count});
    unknown.add({name}, target.unknown_share);
    effective.add({name}, target.effective_upstreams);
  }
  for (Family* family : {&state, &upstreams, &unknown, &effective}) out.push_back(std::move(*family).take());
}

void collect_cuts(const Snapshot& snapshot, Families& out) {
  auto cut =
      Family::gauge("isthmus_target_min_cut",
                    "Least number of networks (level as) or of routers that answered (level router) whose loss "
                    "separates all vantage points from all blocks of the target, as far as its ways were seen; 0 "
                    "when that is not known.");
  auto low = Family::gauge("isthmus_target_min_cut_low",
                           "The same in the worst case: routers that stayed silent are one wherever they can be.");
  auto disjoint =
      Family::gauge("isthmus_target_disjoint_paths",
                    "How many of the ways in use share no network (level as) or no router (level router); 0 "
                    "when that is not known.");
  auto alone = Family::gauge("isthmus_target_blocks_on_one_as",
                             "Blocks that the loss of one network would cut off, as far as their ways were seen.");
  for (const TargetView& target : snapshot.targets) {
    const TargetDiversity& diversity = diversity_of(target);
    const auto add = [&](const char* level, const resilience::Cut& measured) {
      const Labels labels{{"target", target.name}, {"level", level}};
      cut.add(labels, std::uint64_t{measured.min_cut});
      low.add(labels, std::uint64_t{measured.min_cut_low});
      disjoint.add(labels, std::uint64_t{measured.disjoint_paths});
    };
    add("as", diversity.whole.ases);
    add("router", diversity.whole.routers);
    alone.add({{"target", target.name}}, std::uint64_t{diversity.blocks_on_one_as});
  }
  for (Family* family : {&cut, &low, &disjoint, &alone}) out.push_back(std::move(*family).take());
}

void collect_dependence(const Snapshot& snapshot, Families& out) {
  auto chokepoints = Family::gauge("isthmus_target_chokepoint",
                                   "1 for each network whose loss would cut off every block of the target, as far as "
                                   "its ways were seen; nearest to the target first, at most 5.");
  auto hegemony =
      Family::gauge("isthmus_target_as_hegemony_ratio",
                    "AS hegemony: part of the ways to the target that a network is on, the mean over "
                    "vantage ASes, from ten of them on without the highest and lowest tenth; the 5 highest.");
  auto vantages =
      Family::gauge("isthmus_target_as_hegemony_vantage_ases", "Vantage ASes that AS hegemony is a mean over.");
  for (const TargetView& target : snapshot.targets) {
    const TargetDiversity& diversity = diversity_of(target);
    const auto add = [&](Family& family, Asn as, double value) {
      const std::string asn = to_string(as);
      family.add({{"target", target.name}, {"asn", asn}, {"name", resilience::name_in(&diversity, as)}}, value);
    };
    const auto& whole = diversity.whole.chokepoints;
    for (std::size_t i = 0; i < std::min(whole.size(), kMostNamed); ++i) add(chokepoints, whole[i], 1.0);
    for (std::size_t i = 0; i < std::min(diversity.hegemony.size(), kMostNamed); ++i) {
      add(hegemony, diversity.hegemony[i].asn, diversity.hegemony[i].score);
    }
    vantages.add({{"target", target.name}}, std::uint64_t{diversity.vantage_ases});
  }
  for (Family* family : {&chokepoints, &hegemony, &vantages}) out.push_back(std::move(*family).take());
}

void collect_blocks(const Snapshot& snapshot, Families& out) {
  auto state = Family::gauge("isthmus_block_state",
                             "Whether a block (/24 or /48) of a target is reachable: 1 for its present state.");
  auto probability = Family::gauge("isthmus_block_reachability_probability",
                                   "Belief, over all valid vantage points, that the block is reachable.");
  for (const TargetView& target : snapshot.targets) {
    for (const auto& block : target.blocks) {
      const std::string prefix = to_string(block.block);
      state.add_states({"target", target.name}, {"block", prefix}, kStates, block.state);
      probability.add({{"target", target.name}, {"block", prefix}}, block.reachability_probability);
    }
  }
  out.push_back(std::move(state).take());
  out.push_back(std::move(probability).take());
}

void collect_upstream_states(const Snapshot& snapshot, Families& out) {
  auto family = Family::gauge("isthmus_upstream_state",
                              "Whether an upstream provider still carries the target's blocks (up: all that it ever "
                              "did, degraded: some, down: none): 1 for its present state.");
  for (const TargetView& target : snapshot.targets) {
    for (const UpstreamView& upstream : target.upstreams) {
      const std::string asn = to_string(upstream.asn);
      for (const State state : kStates) {
        family.add({{"target", target.name},
                    {"upstream_asn", asn},
                    {"upstream_name", upstream.name},
                    {"state", to_string(state)}},
                   state == upstream.state ? 1.0 : 0.0);
      }
    }
  }
  out.push_back(std::move(family).take());
}

void collect_shares(const Snapshot& snapshot, Families& out) {
  auto share = Family::gauge("isthmus_upstream_share_ratio",
                             "Part of the units that an upstream carries, never of traffic; the estimand says which "
                             "units: pairs of vantage point and block, addresses, or flows.");
  auto low = Family::gauge("isthmus_upstream_share_low_ratio", "Lower end of the share's 95 % interval.");
  auto high = Family::gauge("isthmus_upstream_share_high_ratio", "Upper end of the share's 95 % interval.");
  for (const TargetView& target : snapshot.targets) {
    for (const UpstreamView& upstream : target.upstreams) {
      const std::string asn = to_string(upstream.asn);
      const auto add = [&](const char* estimand, const ShareEstimate& estimate) {
        const Labels labels{{"target", target.name}, {"upstream_asn", asn}, {"estimand", estimand}};
        share.add(labels, estimate.estimate);
        low.add(labels, estimate.low);
        high.add(labels, estimate.high);
      };
      add("vantage", upstream.vantage);
      add("address", upstream.address);
      add("flow", upstream.flow);
    }
  }
  for (Family* family : {&share, &low, &high}) out.push_back(std::move(*family).take());
}

void collect_pings(const Snapshot& snapshot, Families& out) {
  auto probes = Family::counter("isthmus_ping_probes_total", "Echo requests sent to the target.");
  auto replies = Family::counter("isthmus_ping_replies_total", "Answers to pings that came from the address itself.");
  auto rtt = Family::histogram("isthmus_ping_rtt_seconds", "Round-trip time of answered pings.");
  for (Family* family : {&probes, &replies, &rtt}) {
    family->reserve(snapshot.targets.size() * snapshot.vantages.size());
  }
  for (const TargetView& target : snapshot.targets) {
    for (const PingStatistics& pings : target.pings) {
      const Labels labels{{"vantage", pings.vantage}, {"target", target.name}};
      probes.add(labels, pings.probes);
      replies.add(labels, pings.replies);
      rtt.add(labels, pings);
    }
  }
  for (Family* family : {&probes, &replies, &rtt}) out.push_back(std::move(*family).take());
}

void collect_events(const Snapshot& snapshot, Families& out) {
  auto targets = Family::counter("isthmus_events_total", "Events raised about a target, by kind.");
  auto vantages = Family::counter("isthmus_vantage_events_total", "Events raised about a vantage point, by kind.");
  for (const TargetView& target : snapshot.targets) {
    for (const EventKind kind : kEventKinds) {
      const auto count = target.events.find(kind);
      targets.add({{"target", target.name}, {"kind", to_string(kind)}},
                  count == target.events.end() ? std::uint64_t{0} : count->second);
    }
  }
  for (const VantageView& vantage : snapshot.vantages) {
    for (const auto& [kind, count] : vantage.events) {
      vantages.add({{"vantage", vantage.name}, {"kind", to_string(kind)}}, count);
    }
  }
  out.push_back(std::move(targets).take());
  out.push_back(std::move(vantages).take());
}

void collect_vantage_states(const Snapshot& snapshot, Families& out) {
  auto state = Family::gauge("isthmus_vantage_state",
                             "Whether a vantage point can see at all (valid), judged by its control addresses: 1 for "
                             "its present state. Only valid ones vote.");
  auto last = Family::gauge("isthmus_vantage_last_observation_timestamp_seconds",
                            "When the vantage point's latest observation was made; 0 before the first.");
  auto controls = Family::gauge("isthmus_vantage_controls", "Control addresses configured.");
  auto answering = Family::gauge("isthmus_vantage_controls_answering", "Control addresses that answer now.");
  for (const VantageView& vantage : snapshot.vantages) {
    const Label name{"vantage", vantage.name};
    state.add_states(name, {}, kVantageStates, vantage.state);
    last.add({name}, vantage.last_observation.value_or(Timestamp{}));
    controls.add({name}, std::uint64_t{vantage.controls});
    answering.add({name}, std::uint64_t{vantage.controls_answering});
  }
  for (Family* family : {&state, &last, &controls, &answering}) out.push_back(std::move(*family).take());
}

void collect_probers(const Snapshot& snapshot, Families& out) {
  static const ProberReport kNone;
  auto sent = Family::counter("isthmus_probes_sent_total", "Probes sent, by engine and protocol.");
  auto invalid =
      Family::counter("isthmus_replies_invalid_total", "Received packets that were not counted as replies, by reason.");
  auto drops = Family::counter("isthmus_receive_drops_total",
                               "Packets that the kernel dropped because the receive queue was full.");
  auto lost =
      Family::counter("isthmus_observations_dropped_total", "Observations lost because the way to the core was full.");
  auto failures = Family::counter("isthmus_send_failures_total", "Probes that the kernel refused to send.");
  auto denied = Family::counter("isthmus_probes_denied_total", "Probes not sent because of the deny list.");
  auto lag = Family::gauge("isthmus_pacing_lag_seconds",
                           "How far the oldest due probe is behind its time; grows when the rate limit is too low.");
  for (const VantageView& vantage : snapshot.vantages) {
    const Label name{"vantage", vantage.name};
    const ProberReport& report = vantage.report ? *vantage.report : kNone;
    for (const auto& count : report.sent) {
      sent.add({name, {"engine", count.engine}, {"protocol", to_string(count.protocol)}}, count.probes);
    }
    // Every vantage point pings its control addresses, so this series has a meaning before the first report.
    if (report.sent.empty()) sent.add({name, {"engine", "ping"}, {"protocol", "icmp"}}, std::uint64_t{0});
    for (std::size_t i = 0; i < report.invalid.size(); ++i) {
      invalid.add({name, {"reason", to_string(static_cast<InvalidReason>(i))}}, report.invalid[i]);
    }
    drops.add({name}, report.receive_drops);
    lost.add({name}, report.observations_dropped);
    failures.add({name}, report.send_failures);
    denied.add({name}, report.denied);
    lag.add({name}, to_seconds(report.pacing_lag));
  }
  for (Family* family : {&sent, &invalid, &drops, &lost, &failures, &denied, &lag}) {
    out.push_back(std::move(*family).take());
  }
}

void collect_process(const ProcessStatus& status, Families& out) {
  const auto gauge = [&](const char* name, const char* help, auto value) {
    auto family = Family::gauge(name, help);
    family.add({}, value);
    out.push_back(std::move(family).take());
  };
  const auto counter = [&](const char* name, const char* help, std::uint64_t value) {
    auto family = Family::counter(name, help);
    family.add({}, value);
    out.push_back(std::move(family).take());
  };
  gauge("isthmus_config_last_reload_successful", "1 when the latest attempt to load the configuration succeeded.",
        status.config_reload_successful ? 1.0 : 0.0);
  gauge("isthmus_config_last_reload_success_timestamp_seconds", "When a configuration was last loaded.",
        status.config_reload_success);
  counter("isthmus_store_failures_total", "Reads and writes of the store that failed.", status.store_failures);
  counter("isthmus_store_events_lost_total", "Events lost because the store failed for too long.",
          status.store_events_lost);
  counter("isthmus_store_damaged_files_total", "Damaged files of the store that were moved aside; history began anew.",
          status.store_damaged);
  gauge("isthmus_store_backlog_events", "Events that wait in memory until the store can be written.",
        static_cast<double>(status.store_backlog));
  counter("isthmus_messages_dropped_total", "Messages from vantage points lost because the core was too slow.",
          status.messages_dropped);
  gauge("isthmus_ip2as_prefixes", "Prefixes in the prefix-to-AS data in use.",
        static_cast<double>(status.ip2as_prefixes));
  gauge("isthmus_ip2as_loaded_timestamp_seconds", "When the prefix-to-AS data in use was loaded.", status.ip2as_loaded);
  auto build = Family::gauge("isthmus_build_info", "Always 1; the labels tell which isthmus this is.");
  build.add({{"version", status.version}, {"revision", status.revision}}, 1.0);
  out.push_back(std::move(build).take());
}

void collect_rejected(const Snapshot& snapshot, Families& out) {
  auto rejected = Family::counter("isthmus_observations_rejected_total",
                                  "Observations from vantage points that the core did not take in, by reason.");
  for (const auto reason : resilience::kRejections) {
    rejected.add({{"reason", to_string(reason)}}, snapshot.rejected[static_cast<std::size_t>(reason)]);
  }
  out.push_back(std::move(rejected).take());
}

}  // namespace

std::vector<MetricFamily> SnapshotCollector::Collect() const {
  Families families;
  collect_process(status_, families);
  if (status_.stream) collect_stream(*status_.stream, families);
  if (snapshot_ == nullptr) return families;
  auto time = Family::gauge("isthmus_snapshot_timestamp_seconds",
                            "When the core summed up what it knows; all series about targets are of this moment.");
  time.add({}, snapshot_->time);
  families.push_back(std::move(time).take());
  collect_targets(*snapshot_, families);
  collect_cuts(*snapshot_, families);
  collect_dependence(*snapshot_, families);
  collect_blocks(*snapshot_, families);
  collect_upstream_states(*snapshot_, families);
  collect_shares(*snapshot_, families);
  collect_outages(*snapshot_, families);
  collect_pings(*snapshot_, families);
  collect_events(*snapshot_, families);
  collect_vantage_states(*snapshot_, families);
  collect_probers(*snapshot_, families);
  collect_rejected(*snapshot_, families);
  // A family without a series would still print its HELP line, which says nothing.
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

}  // namespace isthmus::telemetry
