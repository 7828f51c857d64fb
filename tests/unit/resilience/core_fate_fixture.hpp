#pragma once
// A core and blocks whose hosts may have gone away, or may be cut off: what its tests of either share.

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {

// Blocks with one host each, that nobody has vouched for.
class CoreFateTest : public CoreTest {
 protected:
  CoreFateTest() { begin(1); }
  void begin(std::uint32_t blocks) {
    CoreSettings strangers = settings(3, blocks);
    strangers.targets[0].addresses.clear();
    start(strangers);
  }
  // Each vantage point looks: at its controls, at the host that does not answer, and along the path, which ends
  // `routers` routers behind the first hop.
  void silent_round(int routers, std::uint32_t blocks = 1) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      for (std::uint32_t b = 0; b < blocks; ++b) {
        ping(v, "example", host(b), false);
        deep_trace(v, b, routers, false);
      }
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  void good_rounds(int count, std::uint32_t blocks = 1) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        for (std::uint32_t b = 0; b < blocks; ++b) {
          ping(v, "example", host(b), true);
          deep_trace(v, b, 3, true);
        }
      }
      core_->handle_tick(now_);
      now_ += kInterval;
    }
  }
  void deep_trace(std::size_t v, std::uint32_t block, int routers, bool reaches, std::uint16_t flow = 0,
                  bool first_hop_answers = true) {
    Trace seen;
    seen.vantage = vantage(v);
    seen.target = "example";
    seen.destination = host(block);
    seen.flow = FlowId{flow};
    seen.started = now_ - std::chrono::milliseconds(500);
    seen.ended = now_;
    const auto add = [&](Outcome outcome) {
      seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {std::move(outcome)}});
    };
    add(first_hop_answers ? Outcome(reply(ip("198.18.0.1"), ReplyKind::time_exceeded)) : Outcome(TimedOut{}));
    for (int i = 0; i < 3; ++i) {
      const IpAddress router = IpAddress::v4(0xCB007102 + static_cast<std::uint32_t>(i));
      add(i < routers ? Outcome(reply(router, ReplyKind::time_exceeded)) : Outcome(TimedOut{}));
    }
    if (reaches) {
      add(reply(host(block), ReplyKind::unreachable));
      seen.stop = StopReason::reached;
    } else {
      add(TimedOut{});
    }
    core_->handle_observation(seen, now_);
  }
  std::vector<RetraceRequest> requests() {
    std::vector<RetraceRequest> all;
    while (auto request = core_->poll_retrace()) all.push_back(std::move(*request));
    return all;
  }
  const RetraceRequest by_all_{.target = "example", .address = host(0), .vantage = {}};
};

}  // namespace isthmus::resilience
