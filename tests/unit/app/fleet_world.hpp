#pragma once
// A small fleet in virtual time: vantage points that report, ping and trace two targets in two partitions, as batches
// in a stream that lives in memory.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/stream_core.hpp"
#include "isthmus/fleet/batch.hpp"
#include "isthmus/fleet/settings.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::app {

class FleetWorld {
 public:
  static constexpr Duration kRound = std::chrono::seconds(10);
  static constexpr std::uint32_t kPartitions = 2;
  static constexpr std::size_t kVantages = 3;
  static inline const std::vector<std::string> kTargets{"island", "north-korea"};

  struct Target {
    bool reachable{true};
    std::uint32_t upstream{0};  // AS64500 + this
  };

  FleetWorld() {
    for (const std::string& name : kTargets) targets[name] = {};
  }

  static IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }
  static IpAddress host(const std::string& target) { return ip(target == "island" ? "192.0.2.77" : "198.51.100.1"); }
  static std::string vantage(std::size_t v) { return "vp-" + std::to_string(v); }

  static std::shared_ptr<const ip2as::NetworkData> data() {
    ip2as::PrefixTableBuilder builder;
    for (std::uint32_t u = 0; u < 3; ++u) {
      builder.add(Prefix(router(u), 26), Asn{64500 + u}, "Provider " + std::to_string(u));
    }
    auto known = std::make_shared<ip2as::NetworkData>();
    known->prefixes = std::move(builder).build();
    return known;
  }

  static resilience::CoreSettings settings(std::uint32_t partition) {
    resilience::CoreSettings settings;
    for (const std::string& name : kTargets) {
      if (fleet::partition_of(name, kPartitions) != partition) continue;
      resilience::TargetSettings target;
      target.network = {.name = name,
                        .asn = Asn{64511},
                        .prefixes = {Prefix(host(name), 24)},
                        .known_providers = {Asn{64500}, Asn{64501}}};
      target.blocks = {Block::of(host(name))};
      target.addresses = {host(name)};
      settings.targets.push_back(target);
    }
    for (std::size_t v = 0; v < kVantages; ++v) {
      settings.vantages.push_back({vantage(v), Asn{static_cast<std::uint32_t>(64600 + v)}});
    }
    settings.controls = {ip("198.18.200.1")};
    settings.ping_interval = kRound;
    settings.trace_interval = kRound;
    return settings;
  }

  /// Ten seconds of the fleet, in which agents report every second and do all else once.
  void round() {
    for (int second = 0; second < 10; ++second) {
      now += std::chrono::seconds(1);
      for (std::size_t v = 0; v < kVantages; ++v) {
        if (silent.contains(v)) continue;
        for (std::uint32_t p = 0; p < kPartitions; ++p)
          if (!absent.contains({v, p})) publish(v, p, second == static_cast<int>(v));
      }
    }
  }
  void rounds(int count) {
    for (; count > 0; --count) round();
  }

  /// What a core that stands at `sequence` would read of the partition.
  [[nodiscard]] fleet::Reading behind(std::uint32_t partition, std::uint64_t sequence) const {
    fleet::Reading reading{.partition = partition, .created = created, .messages = {}};
    for (const auto& [of, message] : stream) {
      if (of == partition && message.sequence > sequence) reading.messages.push_back(message);
    }
    for (std::size_t i = 0; i < reading.messages.size(); ++i) {
      reading.messages[i].pending = reading.messages.size() - 1 - i;
    }
    return reading;
  }

  Timestamp now{std::chrono::hours(24 * 365 * 50)};
  Timestamp created{std::chrono::hours(24 * 365 * 49)};
  std::map<std::string, Target> targets;
  std::set<std::size_t> silent;
  std::set<std::pair<std::size_t, std::uint32_t>> absent;  // Vantage points that send nothing to a partition.
  std::vector<std::pair<std::uint32_t, fleet::StreamMessage>> stream;

 private:
  static IpAddress router(std::uint32_t upstream) { return IpAddress::v4(0xCB007100 + 64 * upstream + 1); }

  static Reply reply(const IpAddress& from, ReplyKind kind) {
    Reply made;
    made.from = from;
    made.kind = kind;
    made.rtt = std::chrono::milliseconds(42);
    return made;
  }
  [[nodiscard]] Observation ping(std::size_t v, const std::string& target, const IpAddress& address,
                                 bool answers) const {
    PingSeries series{.vantage = vantage(v), .target = target, .source = {}, .address = address, .outcomes = {}};
    Outcome outcome = TimedOut{};
    if (answers) outcome = reply(address, ReplyKind::echo_reply);
    series.outcomes.push_back({.sent = now - std::chrono::milliseconds(300), .outcome = outcome});
    return series;
  }
  [[nodiscard]] Observation trace(std::size_t v, const std::string& name, const Target& target) const {
    Trace seen;
    seen.vantage = vantage(v);
    seen.target = name;
    seen.destination = host(name);
    seen.started = now - std::chrono::milliseconds(900);
    seen.ended = now - std::chrono::milliseconds(200);
    const auto add = [&](const IpAddress& from, ReplyKind kind) {
      seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {}});
      seen.hops.back().outcomes.emplace_back(reply(from, kind));
    };
    add(ip("198.18.255.1"), ReplyKind::time_exceeded);
    if (target.reachable) {
      add(router(target.upstream), ReplyKind::time_exceeded);
      add(host(name), ReplyKind::unreachable);
      seen.stop = StopReason::reached;
    }
    return seen;
  }

  void publish(std::size_t v, std::uint32_t partition, bool looks) {
    std::vector<fleet::Message> messages;
    ProberReport report;
    report.vantage = vantage(v);
    report.time = now;
    messages.emplace_back(report);
    if (looks) {
      messages.emplace_back(ping(v, {}, ip("198.18.200.1"), true));
      for (const auto& [name, target] : targets) {
        if (fleet::partition_of(name, kPartitions) != partition) continue;
        messages.emplace_back(ping(v, name, host(name), target.reachable));
        messages.emplace_back(trace(v, name, target));
      }
    }
    std::uint64_t& next = next_[{v, partition}];
    stream.push_back({partition,
                      {.sequence = stream.size() + 1,
                       .stored = now,
                       .vantage = vantage(v),
                       .bytes = fleet::encode({vantage(v), partition, 1, next}, messages)}});
    next += messages.size();
  }

  std::map<std::pair<std::size_t, std::uint32_t>, std::uint64_t> next_;
};

}  // namespace isthmus::app
