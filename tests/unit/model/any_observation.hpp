#pragma once
// Observations with anything in them that a type can hold.

#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "isthmus/model/observation.hpp"

namespace isthmus {

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

inline Reply any_reply(Dice& dice) {
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

inline Outcome any_outcome(Dice& dice) {
  switch (dice.below(3)) {
    case 0: return TimedOut{};
    case 1: return SendFailed{dice.number<int>()};
    default: return any_reply(dice);
  }
}

inline Trace any_trace(Dice& dice) {
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
      hop.outcomes.push_back(any_outcome(dice));
    }
  }
  return trace;
}

inline PingSeries any_series(Dice& dice) {
  PingSeries series{.vantage = dice.text(),
                    .target = dice.text(),
                    .source = dice.address(),
                    .address = dice.address(),
                    .outcomes = {},
                    .protocol = static_cast<Protocol>(dice.below(3)),
                    .seen_from = dice.address()};
  for (std::uint64_t outcomes = dice.below(5); outcomes > 0; --outcomes) {
    series.outcomes.push_back({.sent = Timestamp(Duration(dice.number<std::int64_t>())), .outcome = any_outcome(dice)});
  }
  return series;
}

}  // namespace isthmus
