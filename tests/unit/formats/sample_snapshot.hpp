#pragma once
// A small snapshot with one target of two blocks and two upstreams, and two vantage points of which one is
// blind.

#include "unit/formats/sample.hpp"

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::test {

inline resilience::UpstreamView upstream_view(std::uint32_t asn, std::string name, State state, double share) {
  resilience::UpstreamView upstream;
  upstream.asn = Asn{asn};
  upstream.name = std::move(name);
  upstream.confidence = Confidence::a;
  upstream.state = state;
  upstream.units = state == State::down ? 0 : 2;
  upstream.first_seen = upstream.last_seen = Timestamp(std::chrono::seconds(1'506'848'000));
  upstream.vantage = {share, share / 2, (1 + share) / 2};
  upstream.address = {share, 0.125, 0.875};
  upstream.flow = {share, 0.25, 0.75};
  return upstream;
}

inline resilience::BlockView block_view(std::string_view prefix, State state, double probability) {
  resilience::BlockView block;
  block.block = Block{Prefix(ip(prefix), 24)};
  block.state = state;
  block.since = Timestamp(std::chrono::seconds(1'506'848'100));
  block.reachability_probability = probability;
  block.unknown_share = 0.5;
  block.vantages.push_back({state, probability});   // frankfurt
  block.vantages.push_back({State::unknown, 0.5});  // tokyo
  return block;
}

// Two ways into the first block, whose networks differ and whose border router is one; into the second nobody knows
// any.
inline std::shared_ptr<const resilience::BlockWays> block_ways() {
  const auto way = [](std::uint64_t number, std::uint32_t vantage, std::uint32_t upstream) {
    resilience::Way made;
    made.vantage = Asn{vantage};
    made.target = Asn{64511};
    made.as_path =
        std::make_shared<const resilience::AsPath>(resilience::AsPath{{Asn{64499}, false}, {Asn{upstream}, false}});
    made.number = number;
    return std::make_shared<const resilience::Way>(made);
  };
  resilience::BlockWays ways;
  ways.ways = {{way(1, 64510, 64496), 2}, {way(2, 64509, 64500), 1}};
  ways.diversity.ases = {.min_cut = 1, .min_cut_low = 1, .disjoint_paths = 1};
  ways.diversity.routers = {.min_cut = 2, .min_cut_low = 1, .disjoint_paths = 2};
  ways.diversity.chokepoints = {Asn{64499}};
  ways.diversity.router_chokepoints = {{ip("203.0.113.254"), Asn{64511}}};
  return std::make_shared<const resilience::BlockWays>(ways);
}

inline std::shared_ptr<const resilience::TargetDiversity> target_diversity() {
  resilience::TargetDiversity diversity;
  diversity.whole = block_ways()->diversity;
  diversity.hegemony = {{Asn{64499}, 1}, {Asn{64496}, 0.5}, {Asn{64500}, 0.5}};
  for (std::uint32_t asn = 1; asn <= 4; ++asn) diversity.hegemony.push_back({Asn{asn}, 0.125});
  diversity.vantage_ases = 2;
  diversity.blocks_known = 1;
  diversity.blocks_on_one_as = 1;
  diversity.names = {{Asn{64496}, "Transit"}, {Asn{64499}, "Carrier <b>"}};
  return std::make_shared<const resilience::TargetDiversity>(diversity);
}

inline resilience::TargetView target_view() {
  resilience::TargetView target;
  target.name = "peninsula";
  target.asn = Asn{64511};
  target.state = State::degraded;
  target.since = Timestamp(std::chrono::seconds(1'506'848'100));
  target.upstreams = {upstream_view(64496, "Transit \"One\" <b>", State::up, 0.75),
                      upstream_view(64500, "", State::down, 0)};
  target.upstream_count = 1;
  target.unknown_share = 0.25;
  target.effective_upstreams = 1.5;
  resilience::BlockView carried = block_view("203.0.113.0", State::up, 0.99);
  carried.ways = block_ways();
  carried.upstreams = {upstream_view(64496, "Transit", State::up, 1)};
  carried.paths = {{.trace = PackedTrace(sample_trace()),
                    .upstream = Asn{64496},
                    .confidence = Confidence::b,
                    .rule = "last_foreign_hop"}};
  target.blocks = {carried, block_view("198.51.100.0", State::down, 0.01)};
  target.diversity = target_diversity();
  resilience::PingStatistics pings;
  pings.vantage = "frankfurt";
  pings.probes = 10;
  pings.replies = 6;
  pings.rtt_buckets[0] = 1;  // up to 0.5 ms
  pings.rtt_buckets[5] = 4;  // up to 20 ms
  pings.rtt_buckets.back() = 1;
  pings.rtt_sum_seconds = 2.5625;
  target.pings = {pings, resilience::PingStatistics{}};
  target.pings[1].vantage = "tokyo";
  for (const EventKind kind : kEventKinds) target.events[kind] = kind == EventKind::block_down ? 3 : 0;
  return target;
}

/// Replaces an element by itself with a change: those of a snapshot are shared and never change in place.
template <typename T, typename Change>
void change(resilience::SharedList<T>& list, std::size_t at, Change change) {
  T changed = list.at(at);
  change(changed);
  list.replace(at, std::move(changed));
}

inline resilience::Snapshot sample_snapshot() {
  resilience::Snapshot snapshot;
  snapshot.time = Timestamp(std::chrono::seconds(1'506'848'871));
  snapshot.prefix_data = "asn-ipv4.csv";
  snapshot.rejected[static_cast<std::size_t>(resilience::Rejection::late)] = 7;
  snapshot.label = [](const IpAddress& address) {
    const bool inside = Prefix(ip("203.0.113.0"), 24).contains(address);
    return inside ? resilience::HopLabel{Asn{64511}, "Peninsula"} : resilience::HopLabel{Asn{64496}, "Transit"};
  };
  snapshot.targets = {target_view()};
  resilience::VantageView frankfurt;
  frankfurt.name = "frankfurt";
  frankfurt.asn = Asn{64510};
  frankfurt.state = VantageState::valid;
  frankfurt.voting = true;
  frankfurt.since = Timestamp(std::chrono::seconds(1'506'848'000));
  frankfurt.last_observation = Timestamp(std::chrono::milliseconds(1'506'848'870'500));
  frankfurt.controls = 3;
  frankfurt.events = {{EventKind::vantage_invalid, 1}, {EventKind::vantage_valid, 2}};
  frankfurt.controls_answering = 3;
  ProberReport report;
  report.vantage = "frankfurt";
  report.sent = {{"ping", Protocol::icmp, 1000}, {"traceroute", Protocol::udp, 250}};
  report.invalid[static_cast<std::size_t>(InvalidReason::bad_tag)] = 4;
  report.receive_drops = 2;
  report.observations_dropped = 5;
  report.pacing_lag = std::chrono::milliseconds(250);
  frankfurt.report = report;
  resilience::VantageView tokyo;
  tokyo.name = "tokyo";
  tokyo.state = VantageState::invalid;
  tokyo.reason = "0 of 3 control addresses answer";
  tokyo.controls = 3;
  snapshot.vantages = {frankfurt, tokyo};
  return snapshot;
}

}  // namespace isthmus::test
