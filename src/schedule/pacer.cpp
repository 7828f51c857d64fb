#include "isthmus/schedule/pacer.hpp"

#include <cmath>
#include <cstdint>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

constexpr double kBurst = 0.002;  // seconds' worth of packets that may leave at once
constexpr double kHurry = 1.5;

TokenBucket burst_bucket(double rate) {
  return TokenBucket(kHurry * rate, static_cast<std::uint32_t>(std::max(1.0, std::floor(kBurst * rate))));
}

}  // namespace

Pacer::Pacer(const TokenBucket& rate, const TokenBucket& burst)
    : rate_(rate), burst_(burst), worth_waking_(std::max<std::size_t>(1, largest_batch() / 4)) {}

Pacer::Pacer(double packets_per_second)
    : Pacer(TokenBucket(packets_per_second, 10ms), burst_bucket(packets_per_second)) {}

Pacer Pacer::strict(double packets_per_second) {
  return {TokenBucket::strict(packets_per_second, 5ms), burst_bucket(packets_per_second)};
}

void Pacer::sent(std::size_t count, Instant now) {
  rate_.charge(count, now);
  burst_.charge(count, now);
}

Duration Pacer::wait(Instant now) const {
  return std::max(rate_.wait(now, worth_waking_), burst_.wait(now, worth_waking_));
}

}  // namespace isthmus::schedule
