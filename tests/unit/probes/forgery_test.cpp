// Packets that nobody asked for are counted by reason and change nothing.

#include <gtest/gtest.h>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

// A network in which nobody answers, so that every answer is the forger's.
struct Forgery {
  explicit Forgery(probes::ProberSettings settings) : world(std::move(settings), network) {
    world.run_for(100ms);
    probe = network.sent().front().second.bytes;
  }
  Packet quote() const { return {probe.begin(), probe.begin() + 28}; }
  Packet error(const Packet& quoted) const { return make_icmp_error(kHost, ProberWorld::source, 3, 3, quoted); }
  std::uint64_t rejected() { return invalid(world, InvalidReason::bad_tag) + invalid(world, InvalidReason::not_ours); }

  PathSimulator network;
  ProberWorld world;
  Packet probe;
};

bool anything_answered(const ProberWorld& world) {
  for (const Trace& trace : only<Trace>(world.observations)) {
    for (const Hop& hop : trace.hops) {
      if (hop.answer() != nullptr) return true;
    }
  }
  for (const PingSeries& series : only<PingSeries>(world.observations)) {
    if (reply_of(series.outcomes[0].outcome) != nullptr) return true;
  }
  return false;
}

TEST(Forgery, TheTrueQuoteIsAccepted) {
  // The other tests of this file would pass without any reply being accepted at all.
  Forgery forgery(only_traces());
  forgery.world.inject(forgery.error(forgery.quote()), 1ms);
  forgery.world.run_for(20s);
  EXPECT_TRUE(anything_answered(forgery.world));
}

TEST(Forgery, AQuotedTraceProbeMayDifferInWhatATranslatorRewritesAndNowhereElse) {
  // The codec's own tests count the bits of every field; here it is what the prober makes of them.
  for (const Protocol protocol : {Protocol::udp, Protocol::icmp, Protocol::tcp}) {
    for (std::size_t at = 4; at < 28; ++at) {
      if (at > 5 && at < 9) continue;      // fragment and TTL, which anybody changes
      if (at == 10 || at == 11) continue;  // header checksum, which nobody looks at in a quote
      Forgery forgery(only_traces(1, protocol));
      Packet quoted = forgery.quote();
      quoted[at] ^= std::byte{1};
      forgery.world.inject(forgery.error(quoted), 1ms);
      forgery.world.run_for(20s);
      if (at == 21) continue;  // the port of another flow, or of none
      const bool is_port = at == 20;
      const bool is_tagged = protocol == Protocol::udp   ? at >= 26
                             : protocol == Protocol::tcp ? at >= 24
                                                         : at == 22 || at == 23 || at >= 26;
      const bool may =
          at == 4 || at == 5 || (at >= 12 && at <= 15) || is_tagged || (is_port && protocol != Protocol::icmp);
      EXPECT_EQ(anything_answered(forgery.world), may) << to_string(protocol) << " byte " << at;
      EXPECT_EQ(forgery.rejected(), may ? 0U : 1U) << to_string(protocol) << " byte " << at;
    }
  }
}

TEST(Forgery, WhatATranslatorRewroteIsMarked) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(), network);
  world.meddle = [](std::vector<SimReply>& replies) {
    for (SimReply& reply : replies) {
      put_number(reply.bytes, 28 + 26, number_at(reply.bytes, 28 + 26, 2) ^ 0x0f0f, 2);  // the quoted UDP checksum
      fix_icmp_checksum(reply.bytes);
    }
  };
  world.run_for(20s);
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 1U);
  EXPECT_EQ(traces[0].stop, StopReason::reached);
  ASSERT_EQ(traces[0].hops.size(), 9U);
  for (const Hop& hop : traces[0].hops) {
    ASSERT_NE(hop.answer(), nullptr) << "TTL " << int{hop.ttl};
    EXPECT_TRUE(hop.answer()->weak);
    EXPECT_TRUE(hop.answer()->rewritten);
  }
}

TEST(Forgery, WhoAnswersForEverythingIsNotTheDestination) {
  // A box in the way claims every destination's port closed, at every TTL.
  const IpAddress box = address("198.51.100.99");
  PathSimulator network;
  ProberWorld world(only_traces(4), network);
  world.run_for(10ms);
  for (int i = 0; i < 100; ++i) {
    const auto sent = network.sent();
    network.forget_sent();
    for (const auto& [at, packet] : sent) {
      const Packet quote(packet.bytes.begin(), packet.bytes.begin() + 28);
      world.inject(make_icmp_error(box, packet.source, 3, 3, quote), 1ms);
    }
    world.run_for(100ms);
  }
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 4U);
  for (const Trace& trace : traces) EXPECT_EQ(trace.stop, StopReason::unreachable);
}

TEST(Forgery, AQuotedPingMayDifferInWhatATranslatorRewritesAndNowhereElse) {
  // IP-ID, source and checksum: see verify_error() of the codec.
  for (std::size_t at = 4; at < 28; ++at) {
    if (at > 5 && at < 9) continue;      // fragment and TTL, which anybody changes
    if (at == 10 || at == 11) continue;  // header checksum, which nobody looks at in a quote
    Forgery forgery(only_pings());
    Packet quoted = forgery.quote();
    quoted[at] ^= std::byte{1};
    forgery.world.inject(forgery.error(quoted), 1ms);
    forgery.world.run_for(100ms);
    const bool may = at == 4 || at == 5 || (at >= 12 && at <= 15) || at == 22 || at == 23;
    EXPECT_EQ(anything_answered(forgery.world), may) << at;
    EXPECT_EQ(forgery.rejected(), may ? 0U : 1U) << at;
  }
}

TEST(Forgery, NoByteOfAnEchoReplyMayDiffer) {
  for (const auto& settings : {only_traces(1, Protocol::icmp), only_pings()}) {
    Forgery forgery(settings);
    const Packet reply = make_echo_reply(forgery.probe);
    // A trace's last two payload bytes only make the checksum come out.
    const std::size_t end = settings.ping.enabled ? reply.size() : reply.size() - 2;
    std::uint64_t injected = 0;
    for (std::size_t at = 24; at < end; ++at) {
      Packet changed = reply;
      changed[at] ^= std::byte{0x10};
      fix_icmp_checksum(changed);
      forgery.world.inject(changed, 1ms);
      ++injected;
    }
    forgery.world.run_for(20s);
    EXPECT_FALSE(anything_answered(forgery.world));
    EXPECT_EQ(forgery.rejected(), injected);
  }
}

TEST(Forgery, AnEchoReplyFromAnotherAddressIsNone) {
  Forgery forgery(only_pings());
  Packet reply = make_echo_reply(forgery.probe);
  put_number(reply, 12, address("203.0.113.8").v4_value(), 4);
  put_number(reply, 10, 0, 2);
  put_number(reply, 10, ~sum_of_words(std::span(reply).first(20)) & 0xffff, 2);
  forgery.world.inject(reply, 1ms);
  forgery.world.run_for(20s);
  EXPECT_FALSE(anything_answered(forgery.world));
  EXPECT_EQ(invalid(forgery.world, InvalidReason::bad_tag), 1U);
}

TEST(Forgery, BlindGuessesGetNowhere) {
  // A stranger who knows everything but the key, and spends a hundred thousand packets on one probe.
  Forgery forgery(only_traces());
  std::uint32_t random = 1;
  for (int i = 0; i < 100000; ++i) {
    random = random * 1664525U + 1013904223U;
    Packet quoted = forgery.quote();
    put_number(quoted, 4, random >> 16, 2);
    put_number(quoted, 26, random & 0xffff, 2);
    random = random * 1664525U + 1013904223U;
    put_number(quoted, 20, 0x8000 | random >> 16, 2);
    forgery.world.inject(forgery.error(quoted), 1ms);
  }
  forgery.world.run_for(20s);
  EXPECT_FALSE(anything_answered(forgery.world));
}

TEST(Forgery, OneIntruderMoreChangesNothingForTheTrueReplies) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld honest(settings_for(), network);
  honest.run_for(120s);

  PathSimulator other;
  other.add_path(plain_path());
  ProberWorld attacked(settings_for(), other);
  attacked.meddle = [](std::vector<SimReply>& replies) {
    for (std::size_t i = 0, n = replies.size(); i < n; ++i) {
      SimReply forged = replies[i];
      forged.at -= 1us;
      forged.bytes[forged.bytes.size() - 3] ^= std::byte{0x55};
      fix_icmp_checksum(forged.bytes);
      replies.push_back(std::move(forged));
    }
  };
  attacked.run_for(120s);
  EXPECT_EQ(attacked.observations, honest.observations);
  EXPECT_GT(invalid(attacked, InvalidReason::bad_tag) + invalid(attacked, InvalidReason::not_ours), 100U);
}

TEST(Replies, ASecondAnswerIsADuplicate) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_pings(), network);
  world.meddle = [](std::vector<SimReply>& replies) {
    if (replies.empty()) return;
    replies.push_back(replies.front());
    replies.back().at += 1ms;
  };
  world.run_for(25s);
  EXPECT_EQ(only<PingSeries>(world.observations).size(), 3U);
  EXPECT_EQ(invalid(world, InvalidReason::duplicate), 3U);
}

TEST(Replies, AnAnswerAfterTheTimeoutIsTooLate) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_pings(), network);
  world.meddle = [](std::vector<SimReply>& replies) {
    for (SimReply& reply : replies) reply.at += 3s;
  };
  world.run_for(9s);
  const auto series = only<PingSeries>(world.observations);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(series[0].outcomes[0].outcome));
  EXPECT_EQ(invalid(world, InvalidReason::too_late), 1U);
}

TEST(Replies, AnAnswerBeforeItsProbeIsImpossible) {
  Forgery forgery(only_pings());
  forgery.world.prober().handle_packet(make_echo_reply(forgery.probe), forgery.world.now() - 1h);
  EXPECT_EQ(invalid(forgery.world, InvalidReason::impossible), 1U);
  forgery.world.run_for(5s);
  EXPECT_FALSE(anything_answered(forgery.world));
}

TEST(Replies, GarbageIsMalformed) {
  Forgery forgery(only_pings());
  forgery.world.prober().handle_packet({}, forgery.world.now());
  forgery.world.prober().handle_packet(Packet(19, std::byte{0x45}), forgery.world.now());
  EXPECT_EQ(invalid(forgery.world, InvalidReason::malformed), 2U);
}

TEST(Replies, AProbeOfAnEarlierStartIsNotOurs) {
  PathSimulator network;
  network.add_path(plain_path());
  auto before = only_pings();
  before.key_seed.fill(std::byte{8});
  ProberWorld earlier(before, network);
  earlier.run_for(1s);
  ProberWorld world(only_pings(), network);
  world.run_for(1s);
  world.observations.clear();
  world.inject(make_echo_reply(network.sent().front().second.bytes));
  world.run_for(1s);
  EXPECT_TRUE(world.observations.empty());
  EXPECT_EQ(invalid(world, InvalidReason::not_ours) + invalid(world, InvalidReason::bad_tag), 1U);
}

}  // namespace
}  // namespace isthmus::support
