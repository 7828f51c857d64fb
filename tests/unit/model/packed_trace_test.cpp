#include "isthmus/model/packed_trace.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace isthmus {
namespace {

// Numbers of every size, the borders of their encoding among them.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool coin() { return below(2) == 0; }
  template <typename Number>
  Number number() {
    return static_cast<Number>(random_() >> below(64));
  }
  IpAddress address() {
    if (coin()) return IpAddress::v4(number<std::uint32_t>());
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes) byte = number<std::uint8_t>();
    return IpAddress::v6(bytes);
  }
  std::string text() {
    std::string made(below(200), '\0');
    for (char& letter : made) letter = number<char>();
    return made;
  }

 private:
  std::mt19937_64 random_;
};

Reply any_reply(Dice& dice) {
  Reply reply{.from = dice.address(),
              .kind = static_cast<ReplyKind>(dice.below(5)),
              .icmp_type = dice.number<std::uint8_t>(),
              .icmp_code = dice.number<std::uint8_t>(),
              .rtt = Duration(dice.number<std::int64_t>()),
              .ttl = dice.number<Ttl>(),
              .size = dice.number<std::uint16_t>(),
              .ip_id = dice.number<std::uint16_t>(),
              .weak = dice.coin(),
              .rewritten = dice.coin()};
  if (dice.coin()) reply.quoted_ttl = dice.number<Ttl>();
  if (dice.coin()) reply.quoted_tos = dice.number<std::uint8_t>();
  for (std::uint64_t labels = dice.below(4); labels > 0; --labels) {
    reply.mpls.push_back({.label = dice.number<std::uint32_t>(),
                          .experimental = dice.number<std::uint8_t>(),
                          .bottom = dice.coin(),
                          .ttl = dice.number<Ttl>()});
  }
  return reply;
}

Trace any_trace(Dice& dice) {
  Trace trace{.vantage = dice.text(),
              .target = dice.text(),
              .source = dice.address(),
              .destination = dice.address(),
              .protocol = static_cast<Protocol>(dice.below(3)),
              .flow = FlowId{dice.number<std::uint16_t>()},
              .started = Timestamp(Duration(dice.number<std::int64_t>())),
              .ended = Timestamp(Duration(dice.number<std::int64_t>())),
              .hops = {},
              .stop = static_cast<StopReason>(dice.below(6)),
              .seen_from = dice.address()};
  for (std::uint64_t hops = dice.below(40); hops > 0; --hops) {
    Hop& hop = trace.hops.emplace_back(Hop{.ttl = dice.number<Ttl>(), .outcomes = {}});
    for (std::uint64_t outcomes = dice.below(4); outcomes > 0; --outcomes) {
      switch (dice.below(3)) {
        case 0: hop.outcomes.emplace_back(TimedOut{}); break;
        case 1: hop.outcomes.emplace_back(SendFailed{dice.number<int>()}); break;
        default: hop.outcomes.emplace_back(any_reply(dice));
      }
    }
  }
  return trace;
}

TEST(PackedTrace, UnpacksToTheVeryTraceWhateverIsInIt) {
  Dice dice(20171001);
  for (int i = 0; i < 2000; ++i) {
    const Trace trace = any_trace(dice);
    ASSERT_EQ(PackedTrace(trace).unpack(), trace) << "trace " << i;
  }
}

TEST(PackedTrace, KeepsTheEndsOfTime) {
  Trace trace;
  trace.started = trace.ended = Timestamp::max();
  EXPECT_EQ(PackedTrace(trace).unpack(), trace);
  trace.started = Timestamp::min();
  EXPECT_EQ(PackedTrace(trace).unpack(), trace);
}

TEST(PackedTrace, OneThatHoldsNoneSaysSo) {
  EXPECT_FALSE(PackedTrace{});
  EXPECT_TRUE(PackedTrace(Trace{}));
}

}  // namespace
}  // namespace isthmus
