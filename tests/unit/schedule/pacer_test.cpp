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

// How sleep errs on a busy machine: always a little late, one time in three hundred by much.
struct Lateness {
  Duration usual{};
  Duration rare{};
};

// A sender that always has something to send.
std::vector<Batch> run(Pacer& pacer, Duration span, const Lateness& late) {
  std::vector<Batch> batches;
  std::uint64_t random = 1;
  for (Instant now = kStart; now < kStart + span;) {
    if (const std::size_t count = pacer.ready(now); count > 0) {
      pacer.sent(count, now);
      batches.push_back({now, count});
    }
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    now += std::max<Duration>(pacer.wait(now), 1ns);
    now += (random >> 33) % 300 == 0 ? late.rare : late.usual * static_cast<Duration::rep>((random >> 40) % 100) / 100;
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

const Lateness kBusy{200us, 4ms};
const std::vector<double> kRates{1,    2,   3,   7,   10,  50,    99,   100,    199,    333,
                                 400,  499, 500, 501, 777, 1000,  1001, 1999,   5000,   7777,
                                 9999, 2e4, 3e4, 5e4, 7e4, 99999, 1e5,  123456, 150000, 200000};

// Within one percent, once the tokens that were there from the start are gone; a packet more or less is rounding.
void expect_rate(Pacer pacer, double rate, const Lateness& late) {
  double sent = 0;
  for (const Batch& batch : run(pacer, 11s, late)) {
    sent += batch.at >= kStart + 1s ? static_cast<double>(batch.count) : 0;
  }
  EXPECT_NEAR(sent, rate * 10, std::max(1.0, rate * 10 * 0.01)) << rate << " a second";
}

TEST(Pacer, KeepsEveryRateWithinOnePercentOverTenSeconds) {
  for (const double rate : kRates) {
    expect_rate(Pacer(rate), rate, {});
    expect_rate(Pacer::strict(rate), rate, {});
  }
}

TEST(Pacer, KeepsTheRateOfASenderThatWakesLate) {
  for (const double rate : kRates) {
    expect_rate(Pacer(rate), rate, kBusy);
    expect_rate(Pacer::strict(rate), rate, kBusy);
  }
}

TEST(Pacer, SendsNoMoreThanTwoMillisecondsOfTheRateAtOnce) {
  for (const double rate : kRates) {
    const double at_once = std::max(1.0, rate * 0.002);
    Pacer pacer(rate);
    const auto batches = run(pacer, 3s, kBusy);
    EXPECT_LE(static_cast<double>(largest(batches)), at_once) << rate;
    for (const Duration window : {1ms, 2ms, 10ms, 100ms}) {
      const double hurried = at_once + rate * 1.5 * to_seconds(window);
      const double made_up = 1 + rate * (0.01 + to_seconds(window));
      EXPECT_LE(static_cast<double>(most_within(batches, window)), std::ceil(std::min(hurried, std::max(made_up, 2.0))))
          << rate << " a second, within " << window.count() << " ns";
    }
  }
}

TEST(Pacer, StrictOneNeverSendsMoreThanTheRateInAnySecond) {
  for (const double rate : kRates) {
    Pacer strict = Pacer::strict(rate);
    EXPECT_LE(static_cast<double>(most_within(run(strict, 4s, kBusy), 1s)), rate) << rate;
    Pacer pacer(rate);
    EXPECT_LE(static_cast<double>(most_within(run(pacer, 4s, kBusy), 1s)), std::floor(rate * 1.01) + 1) << rate;
  }
}

TEST(Pacer, DoesNotCatchUpAfterAStall) {
  for (const double rate : {10.0, 700.0, 5000.0, 200000.0}) {
    Pacer pacer(rate);
    run(pacer, 1s, {});
    const Instant awake = kStart + 1s + 100ms;
    std::vector<Batch> after;
    for (Instant now = awake; now < awake + 10ms; now += 10us) {
      after.push_back({now, pacer.ready(now)});
      pacer.sent(after.back().count, now);
    }
    EXPECT_LE(total(after), std::max(1.0, std::ceil(rate * 0.017))) << rate;
  }
}

TEST(Pacer, WakesTheSenderForBatchesRatherThanForPackets) {
  Pacer fast(200000);
  EXPECT_EQ(fast.largest_batch(), 400U);
  EXPECT_EQ(fast.ready(kStart), 400U);
  fast.sent(400, kStart);
  EXPECT_EQ(fast.ready(kStart), 0U);
  const Duration wait = fast.wait(kStart);
  EXPECT_NEAR(to_seconds(wait), 335e-6, 5e-6);
  EXPECT_EQ(fast.ready(kStart + wait), 100U);

  Pacer slow(1);
  slow.sent(1, kStart);
  const Instant second = kStart + slow.wait(kStart);
  EXPECT_EQ(second, kStart + 990ms);
  slow.sent(1, second);
  EXPECT_EQ(slow.wait(second), 1s);
  EXPECT_EQ(slow.ready(second + 999ms), 0U);
  EXPECT_EQ(slow.ready(second + 1s), 1U);
  slow.sent(1, second + 1004ms);
  EXPECT_EQ(slow.wait(second + 1004ms), 996ms) << "a late packet does not make the next one late";
}

TEST(Pacer, MakesWhatWasSentTooMuchDelayTheRest) {
  Pacer pacer(5000);
  pacer.sent(50, kStart);
  EXPECT_EQ(pacer.ready(kStart + 5ms), 0U);
  EXPECT_EQ(pacer.ready(kStart + 10ms), 10U);
}

}  // namespace
}  // namespace isthmus::schedule
