// True answers at untrue times, with real packets: before their probe, after its time, twice. The forger knows the key,
// which no stranger does; what counts here is what the kernel's stamps say. vp --- r, behind which nobody answers.

#include <gtest/gtest.h>

#include "isthmus/net/clock.hpp"
#include "isthmus/probes/prober.hpp"
#include "lab/net_fixture.hpp"
#include "support/packets.hpp"

namespace isthmus::lab {
namespace {

constexpr const char* kSource = "10.0.1.1";
constexpr const char* kNobody = "10.0.9.1";
constexpr const char* kRouter = "10.0.1.2";
constexpr Duration kTimeout = 300ms;

class ForgedTimes : public testing::TestWithParam<std::tuple<Kind, bool>> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
    lab_ = std::make_unique<ClosedLab>();
    for (const char* role : {"vp", "r"}) lab_->add(role);
    lab_->link("vp", "10.0.1.1/24", "r", "10.0.1.2/24");
    lab_->run_in("vp", "ip route add default via 10.0.1.2");
    // The forger answers in the name of hosts that the kernel would not expect on this link.
    lab_->run_in("vp", "sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tor.rp_filter=0");
    io_ = open("vp", std::get<0>(GetParam()));
    forger_ = open("r", Kind::raw);
    prober_.emplace(make_prober());
  }

  std::unique_ptr<net::PacketIo> open(const std::string& role, Kind kind) const {
    return std::move(
        net::open_packet_io({.netns = lab_->name(role), .interface = {}, .source = {}}, {.kind = kind}).value());
  }

  static bool pings() { return std::get<1>(GetParam()); }

  // One ping, or one trace of one probe.
  static probes::Prober make_prober() {
    probes::ProberSettings s;
    s.vantage = "vp";
    s.targets = {{"lab", {}, {address(kNobody)}}};
    s.rate_limit = 200;
    s.ping.enabled = pings();
    s.ping.interval = 1h;
    s.ping.timeout = kTimeout;
    s.trace.enabled = !pings();
    s.trace.interval = 1h;
    s.trace.timeout = kTimeout;
    s.trace.flows = 1;
    s.trace.attempts = 1;
    s.trace.max_ttl = 1;
    s.discovery.enabled = false;
    s.key_seed.fill(std::byte{7});
    return probes::Prober::create(std::move(s), [](const IpAddress&) { return address(kSource); }).value();
  }

  // The next probe of a prober; it waits for its turn.
  support::Packet poll(probes::Prober& prober, std::optional<probes::ProbeKey>* key = nullptr) const {
    const Instant deadline = net::monotonic_now() + 5s;
    while (net::monotonic_now() < deadline) {
      prober.handle_timeout(net::monotonic_now());
      if (const auto packet = prober.poll_packet(net::monotonic_now(), net::wall_now())) {
        if (key != nullptr) *key = packet->key;
        return {packet->bytes.begin(), packet->bytes.end()};
      }
      io_->wait(std::min(prober.next_deadline(), deadline));
    }
    ADD_FAILURE() << "nothing to send";
    return {};
  }

  support::Packet send_probe() {
    std::optional<probes::ProbeKey> key;
    const support::Packet probe = poll(*prober_, &key);
    if (!key) return probe;
    prober_->handle_sent(*key, net::monotonic_now());
    EXPECT_EQ(io_->send(probe, address(kNobody)), 0);
    return probe;
  }

  // What the one who was asked would answer, a round trip of nothing later.
  static support::Packet answer_to(const support::Packet& probe) {
    if (pings()) return support::make_echo_reply(probe);
    return support::make_icmp_error(address(kRouter), address(kSource), 11, 0, std::span(probe).first(28));
  }

  void forge(const support::Packet& answer) { EXPECT_EQ(forger_->send(answer, address(kSource)), 0); }

  // The kernel begins to stamp what arrives a moment after the first socket has asked for it; until then the stamp is
  // the time of reading. `packet` is broken before it is sent.
  void wait_for_stamps(support::Packet packet) const {
    packet.back() ^= std::byte{0xff};
    const auto witness = open("vp", Kind::raw);
    const Instant deadline = net::monotonic_now() + 5s;
    for (bool stamped = false; !stamped;) {
      ASSERT_LT(net::monotonic_now(), deadline) << "the kernel stamps nothing";
      ASSERT_EQ(forger_->send(packet, address(kSource)), 0);
      witness->wait(deadline);
      const Instant arrived = net::monotonic_now();
      while (net::monotonic_now() < arrived + 5ms) {
      }
      for (const auto& seen : witness->receive()) stamped = stamped || seen.received <= arrived;
    }
  }

  // Takes in what comes until so many answers were counted as invalid, or an observation is there.
  void take_in(InvalidReason reason, std::uint64_t count) {
    const Instant deadline = net::monotonic_now() + 5s;
    while (counted(reason) < count && net::monotonic_now() < deadline) {
      for (const auto& packet : io_->receive()) prober_->handle_packet(packet.bytes, packet.received);
      io_->wait(net::monotonic_now() + 10ms);
    }
    EXPECT_EQ(counted(reason), count);
  }

  std::uint64_t counted(InvalidReason reason) const {
    return prober_->report(net::monotonic_now(), net::wall_now()).invalid[static_cast<std::size_t>(reason)];
  }

  // The one outcome that the probe has had.
  Outcome outcome() {
    const Instant deadline = net::monotonic_now() + 5s;
    while (net::monotonic_now() < deadline) {
      prober_->handle_timeout(net::monotonic_now());
      if (const auto observation = prober_->poll_observation()) {
        if (const auto* series = std::get_if<PingSeries>(&*observation)) return series->outcomes.at(0).outcome;
        return std::get<Trace>(*observation).hops.at(0).outcomes.at(0);
      }
      io_->wait(std::min(prober_->next_deadline(), deadline));
    }
    ADD_FAILURE() << "no outcome";
    return TimedOut{};
  }

  std::unique_ptr<ClosedLab> lab_;
  std::unique_ptr<net::PacketIo> io_;
  std::unique_ptr<net::PacketIo> forger_;
  std::optional<probes::Prober> prober_;
};

INSTANTIATE_TEST_SUITE_P(Lab, ForgedTimes, testing::Combine(testing::Values(Kind::raw, Kind::packet), testing::Bool()),
                         [](const auto& test) {
                           return name_of(std::get<0>(test.param)) + (std::get<1>(test.param) ? "_ping" : "_trace");
                         });

TEST_P(ForgedTimes, AnAnswerBeforeItsProbeIsImpossible) {
  // A twin with the same key says what the probe will be.
  probes::Prober twin = make_prober();
  const support::Packet expected = poll(twin);
  wait_for_stamps(answer_to(expected));
  // Whatever one socket has read, the kernel has stamped for all of them.
  const auto witness = open("vp", Kind::raw);
  forge(answer_to(expected));
  const Instant deadline = net::monotonic_now() + 5s;
  while (witness->receive().empty() && net::monotonic_now() < deadline) witness->wait(deadline);
  EXPECT_EQ(send_probe(), expected);
  take_in(InvalidReason::impossible, 1);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(outcome()));
}

TEST_P(ForgedTimes, AnAnswerAfterItsTimeIsTooLate) {
  const support::Packet answer = answer_to(send_probe());
  EXPECT_TRUE(std::holds_alternative<TimedOut>(outcome()));
  forge(answer);
  take_in(InvalidReason::too_late, 1);
  EXPECT_FALSE(prober_->poll_observation()) << "it has had its outcome";
}

TEST_P(ForgedTimes, ASecondAnswerIsADuplicate) {
  const support::Packet answer = answer_to(send_probe());
  forge(answer);
  forge(answer);
  take_in(InvalidReason::duplicate, 1);
  const Outcome seen = outcome();
  const Reply* reply = reply_of(seen);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->from, address(pings() ? kNobody : kRouter));
  EXPECT_GT(reply->rtt, 0ns);
  EXPECT_LT(reply->rtt, kTimeout);
  EXPECT_FALSE(prober_->poll_observation());
}

}  // namespace
}  // namespace isthmus::lab
