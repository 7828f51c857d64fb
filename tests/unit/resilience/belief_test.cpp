#include "resilience/belief.hpp"

#include <gtest/gtest.h>

namespace isthmus::resilience {
namespace {

constexpr Duration kInterval = std::chrono::seconds(10);
const IpAddress kHost = IpAddress::v4(0xC0000201);
const IpAddress kOther = IpAddress::v4(0xC0000202);

class BlockBeliefTest : public testing::Test {
 protected:
  Timestamp at(double rounds) const { return Timestamp(Duration(static_cast<Duration::rep>(rounds * 1e10))); }
  void answers(const IpAddress& address, int from, int until) {
    for (int round = from; round < until; ++round) belief_.handle_reply(address, at(round));
  }
  // A miss of a vantage point that can see.
  void miss(const IpAddress& address, double round) {
    belief_.handle_miss(address, at(round), kInterval);
    belief_.confirm_down(at(round));
  }
  BlockBelief belief_;
};

TEST_F(BlockBeliefTest, KnowsNothingOfAddressesThatNeverAnswered) {
  for (int round = 0; round < 20; ++round) miss(kHost, round);
  EXPECT_EQ(belief_.opinion(), Opinion::none);
  EXPECT_DOUBLE_EQ(belief_.probability(), 0.5);
}

TEST_F(BlockBeliefTest, OneLostPacketNeverDecidesTwoRoundsDo) {
  answers(kHost, 0, 30);
  EXPECT_NEAR(belief_.probability(), 0.99, 1e-9);
  miss(kHost, 30);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
  EXPECT_GT(belief_.probability(), 0.5);
  miss(kHost, 31);
  EXPECT_EQ(belief_.opinion(), Opinion::down);
  EXPECT_LT(belief_.probability(), 0.1);
}

TEST_F(BlockBeliefTest, TheVeryFirstAnswerIsHistoryEnough) {
  answers(kHost, 0, 1);
  miss(kHost, 1);
  miss(kHost, 2);
  EXPECT_EQ(belief_.opinion(), Opinion::down);
}

TEST_F(BlockBeliefTest, ComesUpWithTheFirstAnswer) {
  answers(kHost, 0, 30);
  for (int round = 30; round < 200; ++round) miss(kHost, round);
  answers(kHost, 200, 201);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
}

TEST_F(BlockBeliefTest, AnOutageDoesNotTeachThatTheAddressIsUnreliable) {
  answers(kHost, 0, 30);
  for (int round = 30; round < 200; ++round) miss(kHost, round);
  answers(kHost, 200, 201);
  miss(kHost, 201);
  miss(kHost, 202);
  EXPECT_EQ(belief_.opinion(), Opinion::down);
}

TEST_F(BlockBeliefTest, ABurstOfLossIsOneMissHoweverManyAddresses) {
  for (std::uint32_t host = 1; host <= 8; ++host) answers(IpAddress::v4(0xC0000200 + host), 0, 30);
  for (std::uint32_t host = 1; host <= 8; ++host) miss(IpAddress::v4(0xC0000200 + host), 30 + host * 0.01);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
}

TEST_F(BlockBeliefTest, OneHostAwayIsNoOutageWhileTheOtherAnswers) {
  answers(kHost, 0, 30);
  for (int round = 0; round < 300; ++round) {
    belief_.handle_reply(kOther, at(round + 0.5));
    if (round < 30) continue;
    miss(kHost, round);
    // The host that stays loses a packet now and then.
    if (round % 7 == 0) miss(kOther, round + 0.4);
    ASSERT_EQ(belief_.opinion(), Opinion::up) << round;
  }
}

TEST_F(BlockBeliefTest, TheRemainingHostDecidesWhenTheOtherIsDark) {
  answers(kHost, 0, 30);
  for (int round = 30; round < 60; ++round) {
    miss(kHost, round);
    belief_.handle_reply(kOther, at(round + 0.5));
  }
  miss(kHost, 60);
  miss(kOther, 60.5);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
  miss(kHost, 61);
  miss(kOther, 61.5);
  EXPECT_EQ(belief_.opinion(), Opinion::down);
}

TEST_F(BlockBeliefTest, AFlakyAddressLearnsPatience) {
  // Answers half of the time; after a while three misses in a row mean little.
  for (int round = 0; round < 400; round += 2) {
    belief_.handle_reply(kHost, at(round));
    miss(kHost, round + 1);
  }
  EXPECT_LT(belief_.addresses().at(kHost).answer_rate, 0.7);
  belief_.handle_reply(kHost, at(400));
  for (int round = 401; round < 404; ++round) miss(kHost, round);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
}

TEST_F(BlockBeliefTest, ADownVoteNeedsProofThatTheVantagePointCouldSee) {
  answers(kHost, 0, 30);
  belief_.handle_miss(kHost, at(30), kInterval);
  belief_.handle_miss(kHost, at(31), kInterval);
  EXPECT_TRUE(belief_.suspects_down());
  EXPECT_FALSE(belief_.confirm_down(at(29.9)));
  EXPECT_EQ(belief_.opinion(), Opinion::up);
  EXPECT_TRUE(belief_.confirm_down(at(30.2)));
  EXPECT_EQ(belief_.opinion(), Opinion::down);
}

TEST_F(BlockBeliefTest, MissesThatHaveDecidedKeepTheirBeginning) {
  answers(kHost, 0, 30);
  belief_.handle_miss(kHost, at(30), kInterval);
  belief_.handle_miss(kHost, at(31), kInterval);
  ASSERT_TRUE(belief_.confirm_down(at(31)));
  belief_.forget_misses();
  EXPECT_EQ(belief_.silent_since(), at(30));
}

TEST_F(BlockBeliefTest, MissesOfABlindVantagePointAreVoid) {
  answers(kHost, 0, 30);
  belief_.handle_miss(kHost, at(30), kInterval);
  belief_.handle_miss(kHost, at(31), kInterval);
  belief_.forget_misses();
  EXPECT_FALSE(belief_.confirm_down(at(40)));
  miss(kHost, 40);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
}

TEST_F(BlockBeliefTest, OldNewsDoesNotCount) {
  answers(kHost, 0, 30);
  belief_.handle_reply(kOther, at(32));
  miss(kHost, 30);
  miss(kHost, 31);
  EXPECT_EQ(belief_.opinion(), Opinion::up);
  EXPECT_FALSE(belief_.is_missing());
}

TEST_F(BlockBeliefTest, ARestoredAddressCanProveAnOutage) {
  belief_.restore(kHost, 0.98);
  EXPECT_EQ(belief_.opinion(), Opinion::none);
  miss(kHost, 0);
  miss(kHost, 1);
  EXPECT_EQ(belief_.opinion(), Opinion::down);
}

}  // namespace
}  // namespace isthmus::resilience
