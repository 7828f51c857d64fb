#include "app/probe_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "support/path_simulator.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;

/// A simulated network behind sockets, with a clock that only waiting moves on.
class Sockets final : public net::PacketIo {
 public:
  explicit Sockets(support::PathSimulator& network) : network_(network) {}

  std::size_t send_batch(std::span<const net::OutgoingView> packets) override {
    batch_error_ = 0;
    for (const net::OutgoingView& packet : packets) {
      sent_at.push_back(now);
      if (packet.left != nullptr) *packet.left = now + delay_in_sending;
      if (auto reply = network_.send({packet.bytes.begin(), packet.bytes.end()}, now)) arriving_.push_back(*reply);
    }
    return packets.size();
  }
  std::span<const net::ReceivedPacket> receive() override {
    held_.clear();
    received_.clear();
    const auto waits = [&](const support::SimReply& reply) { return reply.at > now; };
    const auto arrived = std::stable_partition(arriving_.begin(), arriving_.end(), waits);
    held_.assign(arrived, arriving_.end());
    arriving_.erase(arrived, arriving_.end());
    for (const support::SimReply& reply : held_) received_.push_back({reply.bytes, reply.at});
    return received_;
  }
  void wait(Instant until) override {
    ++turns;
    for (const support::SimReply& reply : arriving_) until = std::min(until, std::max(now, reply.at));
    now = std::max(now, until);
  }
  void rest(Instant until) override { now = std::max(now, until); }
  void wake() noexcept override {}
  std::optional<IpAddress> source_for(const IpAddress&) override { return IpAddress::v4(0xC0000201); }
  [[nodiscard]] net::IoCounters counters() const override { return {}; }

  Instant now{1h};
  Duration delay_in_sending{};
  std::vector<Instant> sent_at;
  int turns{0};

 private:
  support::PathSimulator& network_;
  std::vector<support::SimReply> arriving_;
  std::vector<support::SimReply> held_;
  std::vector<net::ReceivedPacket> received_;
};

IpAddress host(int number) { return IpAddress::v4(0x0A000001U + static_cast<std::uint32_t>(number)); }

probes::ProberSettings pings(int hosts, double rate) {
  probes::ProberSettings settings;
  settings.vantage = "vp";
  settings.rate_limit = rate;
  settings.ping = {.interval = 1s, .timeout = 500ms};
  settings.trace.enabled = false;
  settings.discovery.enabled = false;
  for (int i = 0; i < hosts; ++i) {
    settings.targets.push_back({"t" + std::to_string(i), {Prefix(host(i), 32)}, {host(i)}});
  }
  return settings;
}

class Watching {
 public:
  Watching(int hosts, double rate, Duration duration, Duration delay_in_sending = {})
      : sockets_(with_hosts(network_, hosts)), prober_(probes::Prober::create(pings(hosts, rate), [](const IpAddress&) {
                                                         return IpAddress::v4(0xC0000201);
                                                       }).value()) {
    sockets_.delay_in_sending = delay_in_sending;
    ProbeLoop loop(sockets_, prober_, [this] { return sockets_.now; });
    const Instant end = sockets_.now + duration;
    while (sockets_.now < end) {
      ++turns;
      loop.turn(end, [this](const Observation& seen) { observations.push_back(seen); });
    }
  }
  [[nodiscard]] const std::vector<Instant>& sent_at() const { return sockets_.sent_at; }
  int turns{0};
  std::vector<Observation> observations;

 private:
  static support::PathSimulator& with_hosts(support::PathSimulator& network, int hosts) {
    support::SimPath path{.prefix = *Prefix::parse("10.0.0.0/8"), .routers = {}, .hosts = {}};
    for (int i = 0; i < hosts; ++i) path.hosts.insert(host(i));
    network.add_path(std::move(path));
    return network;
  }
  support::PathSimulator network_;
  Sockets sockets_;
  probes::Prober prober_;
};

TEST(ProbeLoop, TurnsFarLessOftenThanPacketsComeAndGo) {
  const Watching run(1000, 200000, 10s);
  EXPECT_GE(run.sent_at().size(), 9900U);
  EXPECT_LE(run.turns, 1060) << "a hundred a second, and fifty that were saved up";
}

TEST(ProbeLoop, LosesNoneOfTheRateByTurningSeldom) {
  // Far more is due than the rate allows, so that each moment counts.
  for (const double rate : {30.0, 250.0, 5000.0}) {
    const Watching run(6000, rate, 10s);
    EXPECT_GE(static_cast<double>(run.sent_at().size()), rate * 10 * 0.99) << rate;
    EXPECT_LE(static_cast<double>(run.sent_at().size()), rate * 10 + 1) << rate;
  }
}

TEST(ProbeLoop, AnswersAtOnceAfterARest) {
  const Watching run(2, 100, 5s);
  std::vector<Instant> at = run.sent_at();
  ASSERT_GE(at.size(), 8U);
  // Two addresses a second, each at its phase, to the millisecond.
  for (std::size_t i = 2; i < at.size(); ++i) EXPECT_LT(at[i] - at[i - 2] - 1s, 1ms) << i;
}

TEST(ProbeLoop, CountsRoundTripsFromWhenThePacketLeft) {
  const Watching prompt(1, 100, 3s);
  const Watching slow(1, 100, 3s, 100us);
  const auto rtt_of = [](const Watching& run) {
    const auto& series = std::get<PingSeries>(run.observations.at(0));
    return reply_of(series.outcomes.at(0).outcome)->rtt;
  };
  EXPECT_EQ(rtt_of(prompt) - rtt_of(slow), 100us);
}

}  // namespace
}  // namespace isthmus::app
