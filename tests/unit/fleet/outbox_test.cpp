// What is observed becomes batches: soon, not too large, numbered without a hole, each where its core looks for it.

#include "fleet/outbox.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "isthmus/fleet/intake.hpp"
#include "isthmus/fleet/settings.hpp"
#include "unit/fleet/any_message.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;

class OutboxTest : public testing::Test {
 protected:
  static PingSeries ping(const std::string& target, const std::string& vantage = "tokyo") {
    PingSeries series{
        .vantage = vantage, .target = target, .source = {}, .address = IpAddress::v4(0x01020304), .outcomes = {}};
    series.outcomes = {{Timestamp(1h), TimedOut{}}};
    return series;
  }
  static Message of(const std::string& target, const std::string& vantage = "tokyo") {
    return Observation(ping(target, vantage));
  }
  static Outbox outbox() {
    return Outbox(
        {.partitions = 4, .targets = {"north-korea", "example"}, .boot = 7, .most_messages = 10, .longest = 250ms});
  }
  Instant now_{1h};
};

TEST_F(OutboxTest, ABatchIsClosedWhenItIsFullOrHasBeenOpenForLong) {
  Outbox outbox = OutboxTest::outbox();
  EXPECT_EQ(outbox.next_due(), Instant::max());
  for (int i = 0; i < 9; ++i) outbox.add(of("example"), now_);
  EXPECT_TRUE(outbox.take(now_ + 249ms).empty());
  EXPECT_EQ(outbox.next_due(), now_ + 250ms);
  outbox.add(of("example"), now_);
  auto full = outbox.take(now_);
  ASSERT_EQ(full.size(), 1U);
  EXPECT_EQ(full[0].messages, 10U);
  EXPECT_EQ(full[0].subject, subject_of("tokyo", partition_of("example", 4)));
  outbox.add(of("example"), now_);
  auto old = outbox.take(now_ + 250ms);
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].id, (BatchId{"tokyo", partition_of("example", 4), 7, 10}));
  outbox.add(of("example"), now_);
  EXPECT_EQ(outbox.take(now_, true).size(), 1U) << "at the end everything goes";
}

TEST_F(OutboxTest, HowAVantagePointFaresIsToldWhereItHasTargetsAndInThePartitionThatSpeaksOfIt) {
  const std::uint32_t korea = partition_of("north-korea", 4);
  const std::uint32_t example = partition_of("example", 4);
  ASSERT_EQ((std::set<std::uint32_t>{0, korea, example}).size(), 3U) << "choose other names for this test";
  Outbox outbox = OutboxTest::outbox();
  ProberReport report;
  report.vantage = "tokyo";
  outbox.add(report, now_);
  outbox.add(of(""), now_);
  outbox.add(of("example"), now_);
  outbox.add(of("example", "berlin"), now_);
  std::map<std::pair<std::string, std::uint32_t>, std::uint32_t> messages;
  for (const auto& batch : outbox.take(now_, true)) messages[{batch.id.vantage, batch.id.partition}] += batch.messages;
  EXPECT_EQ(messages, (std::map<std::pair<std::string, std::uint32_t>, std::uint32_t>{
                          {{"berlin", example}, 1}, {{"tokyo", example}, 3}, {{"tokyo", korea}, 2}, {{"tokyo", 0}, 2}}))
      << "and where vantage points are spoken of";
}

TEST_F(OutboxTest, WhatIsTooLargeIsDividedAndNothingIsLost) {
  Outbox outbox({.partitions = 1, .targets = {"example"}, .boot = 7, .most_messages = 500, .longest = 250ms});
  Trace long_one;
  long_one.vantage = "tokyo";
  long_one.target = "example";
  for (int ttl = 1; ttl <= 63; ++ttl) {
    Hop hop{.ttl = static_cast<Ttl>(ttl), .outcomes = {}};
    for (int i = 0; i < 3; ++i) {
      Reply reply;
      reply.from = IpAddress::v4(0x01020304U + static_cast<std::uint32_t>(ttl));
      reply.rtt = 100ms;
      reply.mpls.resize(4);
      hop.outcomes.emplace_back(reply);
    }
    long_one.hops.push_back(hop);
  }
  for (int i = 0; i < 500; ++i) outbox.add(Observation(long_one), now_);
  const auto batches = outbox.take(now_);
  EXPECT_GT(batches.size(), 1U);
  Intake intake(0);
  for (const auto& batch : batches) {
    EXPECT_LE(batch.bytes.size(), kMostBatchBytes);
    static_cast<void>(intake.take({.sequence = 1, .stored = {}, .vantage = "tokyo", .bytes = batch.bytes}));
  }
  EXPECT_EQ(intake.status().messages, 500U);
  EXPECT_EQ(intake.status().missing, 0U);
}

TEST_F(OutboxTest, NumbersHaveNoHoleWhateverComes) {
  Outbox outbox = OutboxTest::outbox();
  AnyMessage any(1);
  std::map<std::uint32_t, Intake> intakes;
  for (std::uint32_t p = 0; p < 4; ++p) intakes.emplace(p, Intake(p));
  for (int i = 0; i < 5000; ++i, now_ += 3ms) {
    outbox.add(any.next("tokyo"), now_);
    for (const auto& batch : outbox.take(now_, i == 4999)) {
      Intake& intake = intakes.at(batch.id.partition);
      EXPECT_EQ(intake.take({.sequence = 1, .stored = {}, .vantage = "tokyo", .bytes = batch.bytes}).size(),
                batch.messages);
    }
  }
  std::uint64_t messages = 0;
  for (const auto& [partition, intake] : intakes) {
    EXPECT_EQ(intake.status().missing, 0U);
    messages += intake.status().messages;
  }
  EXPECT_GE(messages, 5000U);
}

}  // namespace
}  // namespace isthmus::fleet
