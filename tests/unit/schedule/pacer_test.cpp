#include "isthmus/schedule/pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

struct Batch {
  Instant at{};
  std::size_t count{0};
};

// A small generator of its own: the same lateness on every machine.
class Lateness {
 public:
  explicit Lateness(Duration most) : most_(most) {}
  Duration next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return Duration(static_cast<Duration::rep>((state_ >> 33) % static_cast<std::uint64_t>(most_.count() + 1)));
  }

 private:
  Duration most_;
  std::uint64_t state_{1};
};

// A sender that always has something to send and wakes up to `late` after it wanted to.
std::vector<Batch> run(Pacer& pacer, Duration span, Duration late) {
  Lateness lateness(late);
  std::vector<Batch> batches;
  for (Instant now = kStart; now < kStart + span;) {
    const std::size_t count = pacer.ready(now);
    if (count > 0) {
      pacer.sent(count, now);
      batches.push_back({now, count});
    }
    now += std::max<Duration>(pacer.wait(now), 1ns) + lateness.next();
  }
  return batches;
}

double total(const std::vector<Batch>& batches) {
  double sum = 0;
  for (const Batch& batch : batches) sum += static_cast<double>(batch.count);
  return sum;
}

std::size_t largest(const std::vector<Batch>& batches) {
  std::size_t most = 0;
  for (const Batch& batch : batches) most = std::max(most, batch.count);
  return most;
}

std::size_t most_within(const std::vector<Batch>& batches, Duration window) {
  std::size_t most = 0;
  std::size_t sum = 0;
  for (std::size_t first = 0, last = 0; last < batches.size(); ++last) {
    sum += batches[last].count;
    while (batches[first].at + window <= batches[last].at) sum -= batches[first++].count;
    most = std::max(most, sum);
  }
  return most;
}

const std::vector<double> kRates{1,    2,   3,   7,   10,  50,    99,   100,    199,    333,
                                 400,  499, 500, 501, 777, 1000,  1001, 1999,   5000,   7777,
                                 9999, 2e4, 3e4, 5e4, 7e4, 99999, 1e5,  123456, 150000, 200000};

TEST(Pacer, KeepsEveryRateWithinOnePercentOverTenSeconds) {
  for (const double rate : kRates) {
    Pacer pacer(rate);
    // The first batch is there before any time has passed.
    const double sent = total(run(pacer, 10s, 0ns)) - static_cast<double>(pacer.largest_batch());
    EXPECT_NEAR(sent, rate * 10, std::max(1.0, rate * 10 * 0.01)) << rate;
  }
}

TEST(Pacer, KeepsTheRateOfASenderThatWakesLate) {
  for (const double rate : kRates) {
    // Sleep takes up to a millisecond longer than asked for; between rare packets, up to two fifths of the gap.
    const auto late = std::min<Duration>(1ms, Duration(static_cast<Duration::rep>(rate < 1000 ? 0.4e9 / rate : 1e9)));
    Pacer pacer(rate);
    const double sent = total(run(pacer, 10s, late)) - static_cast<double>(pacer.largest_batch());
    EXPECT_NEAR(sent, rate * 10, std::max(1.0, rate * 10 * 0.01)) << rate;
  }
}

TEST(Pacer, SendsNoMoreThanTwoMillisecondsOfTheRateAtOnce) {
  for (const double rate : kRates) {
    Pacer pacer(rate);
    const auto batches = run(pacer, 3s, 1ms);
    EXPECT_LE(static_cast<double>(largest(batches)), std::max(1.0, rate * 0.002)) << rate;
    // Over any window the line of the rate is never passed by more than that.
    for (const Duration window : {1ms, 2ms, 10ms, 100ms}) {
      const double allowed = std::max(1.5, rate * 0.002) + rate * to_seconds(window);
      EXPECT_LE(static_cast<double>(most_within(batches, window)), std::ceil(allowed)) << rate << " " << window.count();
    }
  }
}

TEST(Pacer, NeverSendsMoreThanTheRateInAnySecond) {
  for (const double rate : kRates) {
    Pacer pacer(rate);
    EXPECT_LE(static_cast<double>(most_within(run(pacer, 4s, 1ms), 1s)), rate) << rate;
  }
}

TEST(Pacer, DoesNotCatchUpAfterAStall) {
  for (const double rate : {10.0, 700.0, 5000.0, 200000.0}) {
    Pacer pacer(rate);
    run(pacer, 1s, 0ns);
    const Instant awake = kStart + 1s + 100ms;
    std::vector<Batch> after;
    for (Instant now = awake; now < awake + 10ms; now += 10us) {
      after.push_back({now, pacer.ready(now)});
      pacer.sent(after.back().count, now);
    }
    EXPECT_LE(total(after), std::max(1.0, std::ceil(rate * 0.012))) << rate;
  }
}

TEST(Pacer, WakesTheSenderForBatchesRatherThanForPackets) {
  Pacer fast(200000);
  EXPECT_EQ(fast.largest_batch(), 399U);
  EXPECT_EQ(fast.ready(kStart), 399U);
  fast.sent(399, kStart);
  EXPECT_EQ(fast.ready(kStart), 0U);
  const Duration wait = fast.wait(kStart);
  EXPECT_GT(wait, 400us);
  EXPECT_LT(wait, 600us);
  EXPECT_GE(fast.ready(kStart + wait), 90U);

  Pacer slow(1);
  slow.sent(slow.ready(kStart), kStart);
  EXPECT_EQ(slow.wait(kStart), 1s);
  EXPECT_EQ(slow.ready(kStart + 999ms), 0U);
  EXPECT_EQ(slow.ready(kStart + 1s), 1U);
}

TEST(Pacer, MakesWhatWasSentTooMuchDelayTheRest) {
  Pacer pacer(5000);
  pacer.sent(50, kStart);
  EXPECT_EQ(pacer.ready(kStart + 8ms), 0U);
  EXPECT_EQ(pacer.ready(kStart + 9ms), 4U);
}

}  // namespace
}  // namespace isthmus::schedule
