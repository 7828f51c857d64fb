// What waits is sent, once if all goes well and again until it has arrived if not.

#include "fleet/sender.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds(1'506'848'871)};

/// A broker whose moods the test decides.
class FakeChannel : public Channel {
 public:
  Result<void> publish(std::uint64_t number, const BatchId& id, const std::string&, const std::string&) override {
    if (!connected) return Error{ErrorCode::busy, "publish", "not connected"};
    out.emplace_back(number, id.first);
    return {};
  }
  std::vector<Delivery> take_deliveries() override { return std::exchange(deliveries, {}); }

  /// Answers for everything that is out.
  void answer(Delivery::Fate fate = Delivery::Fate::arrived) {
    for (const auto& [number, first] : std::exchange(out, {})) {
      deliveries.push_back(
          {number, fate, stored[first] > 0, fate == Delivery::Fate::arrived ? "" : "the stream is full"});
      if (fate == Delivery::Fate::arrived) ++stored[first];
    }
  }

  bool connected{true};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
  std::vector<Delivery> deliveries;
  std::map<std::uint64_t, int> stored;  // by first, how often
};

class SenderTest : public testing::Test {
 protected:
  SenderTest() {
    spool_ = std::make_unique<Spool>(Spool::open({.path = folder_ / "spool.db"}, kNow).value());
    sender_ = std::make_unique<Sender>(*spool_, channel_);
  }

  void append(std::uint64_t count) {
    for (; count > 0; --count) {
      spool_->append({{.number = 0, .id = {"frankfurt", 0, 7, next_++}, .subject = "s", .messages = 1, .bytes = "x"}},
                     kNow);
    }
  }

  support::TemporaryFolder folder_;
  FakeChannel channel_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Sender> sender_;
  std::uint64_t next_{1};
  Instant now_{1h};
};

TEST_F(SenderTest, SendsInOrderAndForgetsWhatArrived) {
  append(5);
  sender_->turn(now_);
  ASSERT_EQ(channel_.out.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(channel_.out));
  EXPECT_EQ(spool_->status().batches, 5U) << "nothing goes before it has arrived";
  EXPECT_EQ(sender_->next_turn(), Instant::max());
  channel_.answer();
  sender_->turn(now_);
  EXPECT_EQ(spool_->status().batches, 0U);
  EXPECT_EQ(sender_->status().arrived_batches, 5U);
  append(1);
  EXPECT_LE(sender_->next_turn(), now_);
}

TEST_F(SenderTest, HasSoManyUnderWayAndNoMore) {
  append(1000);
  sender_->turn(now_);
  EXPECT_EQ(channel_.out.size(), 256U);
  sender_->turn(now_);
  EXPECT_EQ(channel_.out.size(), 256U);
  for (int i = 0; i < 4; ++i) {
    channel_.answer();
    sender_->turn(now_);
  }
  EXPECT_EQ(channel_.stored.size(), 1000U);
}

TEST_F(SenderTest, WhatWasInAFileThatCouldNotBeOpenedIsSentOnceItCan) {
  append(2);
  sender_.reset();
  spool_.reset();
  {
    const support::FullDisk full(1);
    spool_ = std::make_unique<Spool>(Spool::open({.path = folder_ / "spool.db"}, kNow).value());
    sender_ = std::make_unique<Sender>(*spool_, channel_);
    append(1);
    sender_->turn(now_);
    ASSERT_EQ(channel_.out.size(), 1U);
    channel_.answer();
    sender_->turn(now_);
  }
  append(1);
  sender_->turn(now_);
  channel_.answer();
  EXPECT_EQ(channel_.stored, (std::map<std::uint64_t, int>{{1, 1}, {2, 1}, {3, 1}, {4, 1}}));
}

TEST_F(SenderTest, WithoutAConnectionItWaitsAndTriesAgain) {
  channel_.connected = false;
  append(3);
  sender_->turn(now_);
  EXPECT_NE(sender_->status().problem, "");
  EXPECT_EQ(sender_->next_turn(), now_ + 1s);
  channel_.connected = true;
  sender_->turn(now_ + 999ms);
  EXPECT_TRUE(channel_.out.empty());
  sender_->turn(now_ + 1s);
  EXPECT_EQ(channel_.out.size(), 3U);
  channel_.answer();
  sender_->turn(now_ + 1s);
  EXPECT_EQ(sender_->status().problem, "");
}

TEST_F(SenderTest, WhatWasRefusedOrNeverAnsweredIsSentAgainAndNothingElse) {
  append(4);
  sender_->turn(now_);
  channel_.deliveries = {{channel_.out[1].first, Delivery::Fate::refused, false, "full"}};
  channel_.out.erase(channel_.out.begin() + 1);
  now_ += 1s;
  sender_->turn(now_);
  now_ += 1s;
  sender_->turn(now_);
  EXPECT_EQ(channel_.out.size(), 3U) << "what becomes of the others has to be known first";
  EXPECT_EQ(sender_->next_turn(), Instant::max());
  channel_.answer();
  append(1);
  sender_->turn(now_);
  ASSERT_EQ(channel_.out.size(), 1U) << "alone, since those behind it might be taken where it is not";
  EXPECT_EQ(channel_.out[0].second, 2U);
  channel_.answer(Delivery::Fate::no_answer);
  sender_->turn(now_);
  now_ += 1s;
  sender_->turn(now_);
  ASSERT_EQ(channel_.out.size(), 1U);
  channel_.answer();
  sender_->turn(now_);
  EXPECT_EQ(channel_.out.size(), 1U) << "and then what has come meanwhile";
  channel_.answer();
  sender_->turn(now_);
  EXPECT_EQ(spool_->status().batches, 0U);
  EXPECT_EQ(sender_->status().refused, 1U);
  EXPECT_EQ(sender_->status().unanswered, 1U);
}

TEST_F(SenderTest, WhateverHappensEverythingArrives) {
  std::mt19937 random(1);
  for (int step = 0; step < 3000; ++step, now_ += 200ms) {
    if (step < 2500) append(random() % 4);
    channel_.connected = step > 2600 || random() % 10 != 0;
    sender_->turn(now_);
    const auto mood = step > 2600 ? 9U : random() % 10U;
    if (mood > 3) channel_.answer();
    if (mood == 0) channel_.answer(Delivery::Fate::refused);
    if (mood == 1) {
      // Stored, but the answer is lost.
      for (const auto& [number, first] : channel_.out) ++channel_.stored[first];
      channel_.answer(Delivery::Fate::no_answer);
    }
  }
  EXPECT_EQ(channel_.stored.size(), next_ - 1);
  EXPECT_EQ(spool_->status().batches, 0U);
  EXPECT_GT(sender_->status().duplicates, 0U) << "which the broker and the core know by their ids";
}

}  // namespace
}  // namespace isthmus::fleet
