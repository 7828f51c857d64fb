// Pings over every protocol and family: what counts as an answer, and what a stranger can make of it.

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

#include "unit/probes/ping_cases.hpp"

namespace isthmus::probes {
namespace {

using namespace std::chrono_literals;
using support::Packet;

class PingOver : public testing::TestWithParam<KindOfPing> {
 protected:
  static Reply reply_in(const std::vector<PingSeries>& series) {
    if (series.size() != 1 || reply_of(series[0].outcomes.at(0).outcome) == nullptr) return {};
    return *reply_of(series[0].outcomes[0].outcome);
  }
};

TEST_P(PingOver, TheAnswerOfTheAddressCounts) {
  PingBench bench(GetParam());
  const auto sent = bench.send();
  ASSERT_EQ(sent.size(), 1U);
  bench.now += 30ms;
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), std::nullopt);
  const auto series = bench.take();
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(series[0].vantage, "vp");
  EXPECT_EQ(series[0].target, "target");
  EXPECT_EQ(series[0].source, GetParam().source());
  EXPECT_EQ(series[0].address, GetParam().host());
  EXPECT_EQ(series[0].protocol, GetParam().protocol);
  const Reply reply = reply_in(series);
  EXPECT_EQ(reply.from, GetParam().host());
  EXPECT_EQ(reply.rtt, 30ms);
  EXPECT_FALSE(reply.weak);
  EXPECT_FALSE(reply.rewritten);
  EXPECT_TRUE(answers_ping(reply, GetParam().host()));
  EXPECT_TRUE(bench.engine().is_answering("target", GetParam().host()));
}

TEST_P(PingOver, AClosedTcpPortAnswersAsWell) {
  if (GetParam().protocol != Protocol::tcp) GTEST_SKIP() << "TCP only";
  PingBench bench(GetParam());
  const auto sent = bench.send();
  bench.now += 1ms;
  EXPECT_EQ(bench.receive(bench.answer(sent.at(0).bytes, false)), std::nullopt);
  const Reply reply = reply_in(bench.take());
  EXPECT_EQ(reply.kind, ReplyKind::tcp_rst);
  EXPECT_TRUE(answers_ping(reply, GetParam().host()));
}

TEST_P(PingOver, AnErrorOfARouterIsAnOutcomeButNoAnswer) {
  PingBench bench(GetParam());
  const auto sent = bench.send();
  bench.now += 1ms;
  EXPECT_EQ(bench.receive(bench.error(GetParam().router(), sent.at(0).bytes, 8)), std::nullopt);
  const Reply reply = reply_in(bench.take());
  EXPECT_EQ(reply.kind, ReplyKind::unreachable);
  EXPECT_EQ(reply.from, GetParam().router());
  EXPECT_FALSE(answers_ping(reply, GetParam().host()));
  EXPECT_FALSE(bench.engine().is_answering("target", GetParam().host()));
}

TEST_P(PingOver, FlowsStayTheSameFromRoundToRound) {
  PingBench bench(GetParam());
  const auto first = bench.send();
  bench.now += 1s;
  const auto second = bench.send();
  const auto a = support::dissect(first.at(0).bytes);
  const auto b = support::dissect(second.at(0).bytes);
  EXPECT_EQ(a.flow_word, b.flow_word);
  EXPECT_EQ(a.flow_label, b.flow_label);
  EXPECT_NE(a.bytes, b.bytes) << "and yet every probe is another one";
}

TEST_P(PingOver, EachAnswerFindsItsOwnProbeAmongManyOfOneAddress) {
  PingBench bench(GetParam());
  bench.settings.interval = 100ms;
  bench.watch({GetParam().host()});
  std::vector<SentPing> sent;
  for (int i = 0; i < 19; ++i, bench.now += 100ms) sent.push_back(bench.send().at(0));
  for (std::size_t i = 0; i < sent.size(); i += 3) {
    ASSERT_EQ(bench.receive(bench.answer(sent[i].bytes)), std::nullopt) << i;
    EXPECT_EQ(reply_in(bench.take()).rtt, 100ms * static_cast<int>(sent.size() - i)) << i;
  }
}

TEST_P(PingOver, ASecondAnswerIsADuplicateAndALateOneTooLate) {
  PingBench bench(GetParam());
  auto sent = bench.send();
  bench.now += 2s;
  ASSERT_EQ(bench.receive(bench.answer(sent.at(0).bytes)), std::nullopt) << "the last moment";
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), InvalidReason::duplicate);
  sent = bench.send();
  bench.now += 2s + 1ns;
  EXPECT_EQ(bench.receive(bench.answer(sent.at(0).bytes)), InvalidReason::too_late) << "before anybody gave it up";
  bench.engine().handle_timeout(bench.now);
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), InvalidReason::too_late);
  const auto series = bench.take();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(series[1].outcomes[0].outcome));
}

TEST_P(PingOver, AnAnswerBeforeItsProbeIsImpossible) {
  PingBench bench(GetParam());
  const auto sent = bench.send();
  const Instant polled = bench.now;
  EXPECT_EQ(bench.receive(bench.answer(sent.at(0).bytes)), InvalidReason::impossible) << "no time at all";
  bench.engine().handle_sent(sent[0].probe.number, polled + 5us);
  bench.now = polled + 4us;
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), InvalidReason::impossible) << "after polling, before sending";
  bench.now = polled + 6us;
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), std::nullopt);
  EXPECT_EQ(reply_in(bench.take()).rtt, 1us) << "counted from the sending";
}

TEST_P(PingOver, AnswersOfOthersAndToOthersAreNone) {
  PingBench bench(GetParam(), {GetParam().host(), GetParam().host(5)});
  const auto sent = bench.send();
  ASSERT_EQ(sent.size(), 2U);
  bench.now += 1ms;
  // A responder that answers for everything, from its own address.
  const auto foreign =
      bench.receive(bench.redirected(bench.answer(sent[0].bytes), PingBench::End::from, GetParam().host(5)));
  // An error may come from anywhere, but is no answer then.
  EXPECT_EQ(foreign.has_value(), GetParam().protocol != Protocol::udp);
  EXPECT_NE(foreign, InvalidReason::malformed);
  for (const PingSeries& series : bench.take()) {
    EXPECT_FALSE(answers_ping(*reply_of(series.outcomes[0].outcome), series.address));
  }
  // Sent from here, answered to another address of ours.
  bench.set_source(GetParam().router());
  const auto astray =
      bench.receive(bench.redirected(bench.answer(sent[1].bytes), PingBench::End::to, GetParam().router()));
  EXPECT_TRUE(astray == InvalidReason::bad_tag || astray == InvalidReason::not_ours);
  EXPECT_TRUE(bench.take().empty());
}

TEST_P(PingOver, AMillionForgeriesAreAcceptedNever) {
  PingBench bench(GetParam());
  const auto sent = bench.send();
  bench.now += 1ms;
  const Packet truth = bench.answer(sent.at(0).bytes);
  const std::size_t header = GetParam().header();
  std::mt19937_64 random(1);
  // A stranger who knows the code, the addresses, the port asked and the number, but has never seen a probe: what is
  // keyed has to be guessed, all of it that the answer returns.
  for (std::uint32_t i = 0; i < 1U << 20; ++i) {
    Packet forged = truth;
    const std::uint64_t guess = random();
    const auto low = static_cast<std::uint32_t>(guess);
    const auto high = static_cast<std::uint32_t>(guess >> 32);
    const std::size_t quote = header + 8;
    switch (GetParam().protocol) {
      case Protocol::icmp:
        support::put_number(forged, header + 4, high >> 16, 2);  // id
        support::put_number(forged, header + 16, low, 4);        // tag
        break;
      case Protocol::tcp:
        support::put_number(forged, header + 2, high >> 16, 2);  // our port
        support::put_number(forged, header + 8, low, 4);         // acknowledgement
        break;
      case Protocol::udp:
        if (GetParam().v4) support::put_number(forged, quote + 4, low >> 16, 2);             // IP-ID
        if (!GetParam().v4) support::put_number(forged, quote, 0x60000000U | low >> 12, 4);  // flow label
        support::put_number(forged, quote + header, high >> 16, 2);                          // our port
        support::put_number(forged, quote + header + 6, low & 0xffff, 2);                    // checksum
        break;
    }
    if (forged == truth) continue;
    support::fix_checksum(forged);
    ASSERT_NE(bench.receive(forged), std::nullopt) << "forged with " << guess;
  }
  EXPECT_TRUE(bench.take().empty());
  EXPECT_EQ(bench.receive(truth), std::nullopt);
}

TEST_P(PingOver, PendingProbesOfAnotherProtocolAreForgotten) {
  PingBench bench(GetParam());
  const auto sent = bench.send();
  bench.settings.protocol = GetParam().protocol == Protocol::icmp ? Protocol::udp : Protocol::icmp;
  bench.watch({GetParam().host()});
  bench.now += 3s;
  bench.engine().handle_timeout(bench.now);
  EXPECT_TRUE(bench.take().empty()) << "no loss was seen";
  EXPECT_EQ(bench.engine().next_timeout(), Instant::max());
}

INSTANTIATE_TEST_SUITE_P(AllKinds, PingOver, testing::ValuesIn(kKindsOfPing), name_of);

TEST(PingEngine, TellsMoreThan65536ProbesApart) {
  const KindOfPing kind{Protocol::icmp, true};
  constexpr std::uint32_t kHosts = 200000;
  std::vector<IpAddress> hosts;
  for (std::uint32_t i = 0; i < kHosts; ++i) hosts.push_back(kind.host(i));
  PingBench bench(kind, hosts);
  const auto sent = bench.send();
  ASSERT_EQ(sent.size(), kHosts);
  bench.now += 1ms;
  // Errors return sixteen bits of the number: three or four probes that are out share them.
  for (std::uint32_t i = 0; i < kHosts; i += 7) {
    ASSERT_EQ(bench.receive(bench.error(kind.router(), sent[i].bytes, 8)), std::nullopt) << i;
    const auto series = bench.take();
    ASSERT_EQ(series.size(), 1U);
    ASSERT_EQ(series[0].address, hosts[i]);
    ASSERT_FALSE(reply_of(series[0].outcomes[0].outcome)->weak);
  }
}

TEST(PingEngine, RoundsThatDoNotFitTheRateLoseNoTime) {
  const KindOfPing kind{Protocol::icmp, true};
  PingBench bench(kind, {kind.host(1), kind.host(2), kind.host(3)});
  // One probe in half a second, three addresses every second: each gets its turn every one and a half.
  int sent = 0;
  for (int i = 0; i < 60; ++i, bench.now += 500ms) sent += bench.engine().poll_probe(bench.now, bench.wall()) ? 1 : 0;
  EXPECT_EQ(sent, 60);
}

TEST(PingEngine, AReloadInTheMiddleOfARoundAsksNobodyTwice) {
  const KindOfPing kind{Protocol::icmp, true};
  PingBench bench(kind, {kind.host(1), kind.host(2), kind.host(3)});
  std::vector<IpAddress> asked;
  asked.push_back(bench.engine().poll_probe(bench.now, bench.wall())->destination);
  bench.watch({kind.host(0), kind.host(1), kind.host(2), kind.host(3)});
  for (const SentPing& ping : bench.send()) asked.push_back(ping.probe.destination);
  EXPECT_EQ(asked, (std::vector{kind.host(1), kind.host(2), kind.host(3)}));
  EXPECT_EQ(bench.engine().next_probe_time(), bench.now + 1s);
}

TEST(PingEngine, AnAddressOfTwoTargetsIsAskedForBoth) {
  const KindOfPing kind{Protocol::tcp, true};
  PingBench bench(kind);
  bench.engine().set_targets({{"a", {kind.host()}}, {"b", {kind.host(), kind.host()}}}, bench.settings, bench.now);
  bench.now += 1s;
  const auto sent = bench.send();
  ASSERT_EQ(sent.size(), 2U);
  bench.now += 1ms;
  for (const SentPing& ping : sent) EXPECT_EQ(bench.receive(bench.answer(ping.bytes)), std::nullopt);
  const auto series = bench.take();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_NE(series[0].target, series[1].target);
}

TEST(PingEngine, TooLongForTheMtuIsANamedOutcome) {
  const KindOfPing kind{Protocol::icmp, true};
  PingBench bench(kind);
  const auto sent = bench.send();
  bench.engine().handle_send_failure(sent.at(0).probe.number, EMSGSIZE);
  const auto series = bench.take();
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(std::get<SendFailed>(series[0].outcomes[0].outcome).error_number, EMSGSIZE);
  EXPECT_EQ(bench.receive(bench.answer(sent[0].bytes)), InvalidReason::too_late) << "nobody got it";
}

}  // namespace
}  // namespace isthmus::probes
