// What a core takes in: everything once, whatever comes twice, late, out of order, or from somebody who lies.

#include "isthmus/fleet/intake.hpp"

#include <gmock/gmock.h>

#include "unit/fleet/any_message.hpp"

namespace isthmus::fleet {
namespace {

using ::testing::HasSubstr;

class IntakeTest : public testing::Test {
 protected:
  /// Messages `first` to `first + count - 1` of the start.
  StreamMessage batch(std::uint64_t boot, std::uint64_t first, std::uint64_t count,
                      const std::string& claimed = "tokyo", std::uint32_t partition = 2) {
    std::vector<Message> messages;
    for (std::uint64_t i = first; i < first + count; ++i) {
      ProberReport report;
      report.vantage = claimed;
      report.denied = boot * 1000 + i;
      messages.emplace_back(report);
    }
    return {.sequence = ++sequence_,
            .stored = {},
            .vantage = "tokyo",
            .bytes = encode({claimed, partition, boot, first}, messages)};
  }
  std::vector<std::uint64_t> take(const StreamMessage& message) {
    std::vector<std::uint64_t> numbers;
    for (const Message& one : intake_.take(message)) numbers.push_back(std::get<ProberReport>(one).denied);
    return numbers;
  }
  std::uint64_t rejected(BatchRejection reason) const {
    return intake_.status().rejected[static_cast<std::size_t>(reason)];
  }

  Intake intake_{2};
  std::uint64_t sequence_{0};
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(IntakeTest, EachMessageComesOnce) {
  EXPECT_EQ(take(batch(1, 0, 3)), (Numbers{1000, 1001, 1002}));
  EXPECT_EQ(take(batch(1, 0, 3)), Numbers{});
  EXPECT_EQ(take(batch(1, 2, 3)), (Numbers{1003, 1004})) << "cut otherwise after a restart of the sender";
  EXPECT_EQ(rejected(BatchRejection::repeated), 1U);
  EXPECT_EQ(intake_.status().messages, 5U);
  EXPECT_EQ(intake_.status().missing, 0U);
}

TEST_F(IntakeTest, WhatIsMissingIsCounted) {
  take(batch(1, 0, 3));
  EXPECT_EQ(take(batch(1, 10, 1)), Numbers{1010});
  EXPECT_EQ(intake_.status().missing, 7U);
}

TEST_F(IntakeTest, WhatAnOldStartLeftComesAfterTheNewOneBegan) {
  take(batch(1, 0, 3));
  EXPECT_EQ(take(batch(2, 0, 1)), Numbers{2000});
  EXPECT_EQ(take(batch(1, 3, 1)), Numbers{1003});
  EXPECT_EQ(take(batch(1, 3, 1)), Numbers{});
  EXPECT_EQ(take(batch(2, 1, 1)), Numbers{2001});
  EXPECT_EQ(intake_.status().missing, 0U);
}

TEST_F(IntakeTest, GoesOnAfterARestartWithWhatItRemembers) {
  take(batch(1, 0, 3));
  Intake fresh(2);
  for (const Intake::Change& change : intake_.poll_changes()) {
    fresh.restore(change.vantage, {change.boot, *change.next});
  }
  EXPECT_TRUE(fresh.take(batch(1, 1, 2)).empty());
  EXPECT_EQ(fresh.take(batch(1, 1, 3)).size(), 1U);
}

TEST_F(IntakeTest, ManyStartsAreForgottenOldestFirst) {
  for (std::uint64_t boot = 1; boot <= 100; ++boot) EXPECT_EQ(take(batch(boot, 0, 1)).size(), 1U);
  std::size_t kept = 0;
  for (const Intake::Change& change : intake_.poll_changes()) kept += change.next ? 1 : 0;
  EXPECT_LE(kept, 16U);
  EXPECT_EQ(take(batch(100, 0, 1)).size(), 0U);
}

TEST_F(IntakeTest, WhoLiesIsNotHeard) {
  EXPECT_EQ(take(batch(1, 0, 1, "frankfurt")), Numbers{});
  EXPECT_EQ(rejected(BatchRejection::other_vantage), 1U);
  EXPECT_THAT(intake_.status().problem, HasSubstr("tokyo, message 1 of the stream: it claims to be of frankfurt"));
  EXPECT_EQ(take(batch(1, 0, 1, "tokyo", 3)), Numbers{});
  EXPECT_EQ(rejected(BatchRejection::other_partition), 1U);
  EXPECT_EQ(take({.sequence = 3, .stored = {}, .vantage = "tokyo", .bytes = "\x08\x02"}), Numbers{});
  EXPECT_EQ(rejected(BatchRejection::other_schema), 1U);
  EXPECT_THAT(intake_.status().problem, HasSubstr("bring agents and cores to the same version"));
  EXPECT_EQ(take({.sequence = 4, .stored = {}, .vantage = "tokyo", .bytes = "garbage"}), Numbers{});
  EXPECT_EQ(rejected(BatchRejection::malformed), 1U);
  EXPECT_EQ(take(batch(1, 0, 1)), Numbers{1000}) << "the true one counts from where it stood";
}

}  // namespace
}  // namespace isthmus::fleet
