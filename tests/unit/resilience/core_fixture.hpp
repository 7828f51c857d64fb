#pragma once
// A core with documentation addresses, fed by hand in virtual time.

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/resilience/core.hpp"

namespace isthmus::resilience {

class CoreTest : public ::testing::Test {
 protected:
  static constexpr Duration kInterval = std::chrono::seconds(10);

  CoreTest() { start(settings(3, 1)); }

  static IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }
  static IpAddress host(std::uint32_t block) { return IpAddress::v4(0x0A800000 + (block << 8) + 1); }
  static std::string vantage(std::size_t v) { return "vp-" + std::to_string(v); }
  // Core routers of three possible upstreams: 64500, 64501 and 64502.
  static IpAddress router(std::uint32_t upstream) { return IpAddress::v4(0xCB007100 + 64 * upstream + 1); }

  static Reply reply(const IpAddress& from, ReplyKind kind) {
    Reply made;
    made.from = from;
    made.kind = kind;
    made.rtt = std::chrono::milliseconds(42);
    return made;
  }

  static CoreSettings settings(std::size_t vantages, std::uint32_t blocks) {
    CoreSettings result;
    TargetSettings target;
    target.network = {.name = "example",
                      .asn = Asn{64511},
                      .prefixes = {Prefix::parse("10.128.0.0/9").value()},
                      .known_providers = {Asn{64500}, Asn{64501}, Asn{64502}}};
    for (std::uint32_t b = 0; b < blocks; ++b) {
      target.blocks.push_back(Block::of(host(b)));
      target.addresses.push_back(host(b));
    }
    result.targets.push_back(target);
    for (std::size_t v = 0; v < vantages; ++v) {
      result.vantages.push_back({vantage(v), Asn{static_cast<std::uint32_t>(64600 + v)}});
    }
    result.controls = {ip("192.0.2.1")};
    result.ping_interval = kInterval;
    result.trace_interval = kInterval;
    return result;
  }

  static std::shared_ptr<const ip2as::NetworkData> data() {
    ip2as::PrefixTableBuilder builder;
    for (std::uint32_t u = 0; u < 3; ++u) {
      builder.add(Prefix(router(u), 26), Asn{64500 + u}, "Provider " + std::to_string(u));
    }
    auto known = std::make_shared<ip2as::NetworkData>();
    known->prefixes = std::move(builder).build();
    return known;
  }

  void start(const CoreSettings& settings, const Baseline& baseline = {}) {
    settings_ = settings;
    core_ = std::make_unique<Core>(settings, data(), baseline);
  }

  void ping(std::size_t v, const std::string& target, const IpAddress& address, bool answers) {
    PingSeries series{.vantage = vantage(v), .target = target, .source = {}, .address = address, .outcomes = {}};
    Outcome outcome = TimedOut{};
    if (answers) outcome = reply(address, ReplyKind::echo_reply);
    series.outcomes.push_back({.sent = now_, .outcome = outcome});
    core_->handle_observation(series, now_);
  }
  void send_fails(std::size_t v, const IpAddress& address, int error_number) {
    PingSeries series{.vantage = vantage(v), .target = "example", .source = {}, .address = address, .outcomes = {}};
    series.outcomes.push_back({.sent = now_, .outcome = SendFailed{error_number}});
    core_->handle_observation(series, now_);
  }
  void control(std::size_t v, bool answers = true) { ping(v, {}, ip("192.0.2.1"), answers); }

  // `upstream` < 0: the trace dies.
  void trace(std::size_t v, std::uint32_t block, int upstream, std::uint16_t flow = 0) {
    Trace seen;
    seen.vantage = vantage(v);
    seen.target = "example";
    seen.destination = host(block);
    seen.flow = FlowId{flow};
    seen.started = now_ - std::chrono::milliseconds(500);
    seen.ended = now_;
    const auto add = [&](const IpAddress& from, ReplyKind kind) {
      seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {}});
      seen.hops.back().outcomes.emplace_back(reply(from, kind));
    };
    add(ip("198.18.0.1"), ReplyKind::time_exceeded);
    if (upstream >= 0) {
      add(router(static_cast<std::uint32_t>(upstream)), ReplyKind::time_exceeded);
      add(host(block), ReplyKind::unreachable);
      seen.stop = StopReason::reached;
    }
    core_->handle_observation(seen, now_);
  }

  // A trace that gets there, with an upstream's router that nobody was allowed to ask.
  void withheld_trace(std::size_t v, std::uint32_t block) {
    Trace seen;
    seen.vantage = vantage(v);
    seen.target = "example";
    seen.destination = host(block);
    seen.started = now_ - std::chrono::milliseconds(500);
    seen.ended = now_;
    seen.hops = {{.ttl = 1, .outcomes = {reply(ip("198.18.0.1"), ReplyKind::time_exceeded)}},
                 {.ttl = 2, .outcomes = {SendFailed{EBUSY}}},
                 {.ttl = 3, .outcomes = {reply(host(block), ReplyKind::unreachable)}}};
    seen.stop = StopReason::reached;
    core_->handle_observation(seen, now_);
  }

  // One interval in which every vantage point looks at everything; `upstream[v]` as in trace().
  void round(const std::vector<int>& upstream, std::uint32_t blocks = 1) {
    for (std::size_t v = 0; v < upstream.size(); ++v) {
      control(v);
      for (std::uint32_t b = 0; b < blocks; ++b) {
        ping(v, "example", host(b), upstream[v] >= 0);
        trace(v, b, upstream[v]);
      }
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  void rounds(int count, const std::vector<int>& upstream, std::uint32_t blocks = 1) {
    for (int i = 0; i < count; ++i) round(upstream, blocks);
  }

  std::vector<Event> events() {
    std::vector<Event> all;
    while (auto event = core_->poll_event()) all.push_back(std::move(*event));
    return all;
  }
  std::vector<EventKind> kinds() {
    std::vector<EventKind> all;
    for (const Event& event : events()) all.push_back(event.kind);
    return all;
  }
  TargetView view() const { return core_->snapshot(now_).targets.at(0); }

  Timestamp now_{std::chrono::hours(24 * 365 * 50)};
  CoreSettings settings_;
  std::unique_ptr<Core> core_;
};

}  // namespace isthmus::resilience
