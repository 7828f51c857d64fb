#include "resilience/vantage_guard.hpp"

#include <gtest/gtest.h>

namespace isthmus::resilience {
namespace {

class VantageGuardTest : public testing::Test {
 protected:
  void configure(std::uint32_t controls) {
    CoreSettings settings;
    settings.ping_interval = std::chrono::seconds(10);
    settings.ping_timeout = std::chrono::seconds(1);
    for (std::uint32_t i = 0; i < controls; ++i) settings.controls.push_back(control(i));
    guard_.configure(settings);
    controls_ = controls;
  }
  static IpAddress control(std::uint32_t i) { return IpAddress::v4(0xC6336401 + i); }
  static Timestamp at(double seconds) { return Timestamp(Duration(static_cast<Duration::rep>(seconds * 1e9))); }
  // One round of all controls, of which so many answer.
  void round(double time, std::uint32_t answering) {
    for (std::uint32_t i = 0; i < controls_; ++i) {
      const bool answers = i < answering;
      const double known = time + (answers ? 0.1 : 1.0);
      guard_.handle_sign_of_life(at(known));
      guard_.handle_control(control(i), answers, at(time), at(known));
    }
  }
  VantageGuard guard_;
  std::uint32_t controls_{0};
};

TEST_F(VantageGuardTest, FourOfFiveControlsAreEnough) {
  configure(5);
  EXPECT_FALSE(guard_.trusted());
  round(0, 4);
  EXPECT_TRUE(guard_.trusted());
  EXPECT_EQ(guard_.state(), VantageState::valid);
  EXPECT_FALSE(guard_.poll_change());
  round(10, 3);
  EXPECT_FALSE(guard_.trusted());
}

TEST_F(VantageGuardTest, DistrustsAtOnceAndSaysSoWhenConfirmed) {
  configure(1);
  round(0, 1);
  round(10, 0);
  EXPECT_FALSE(guard_.trusted());
  EXPECT_EQ(guard_.state(), VantageState::valid);
  round(20, 0);
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  EXPECT_EQ(guard_.reason(), "0 of 1 controls answer");
  const auto change = guard_.poll_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->before, VantageState::valid);
  EXPECT_EQ(change->after, VantageState::invalid);
  EXPECT_FALSE(guard_.poll_change());
}

TEST_F(VantageGuardTest, TwoGoodRoundsMakeItValidAgain) {
  configure(1);
  for (const double time : {0.0, 10.0, 20.0}) round(time, time == 0.0 ? 1 : 0);
  ASSERT_EQ(guard_.state(), VantageState::invalid);
  static_cast<void>(guard_.poll_change());
  round(30, 1);
  EXPECT_FALSE(guard_.trusted());
  round(40, 1);
  EXPECT_TRUE(guard_.trusted());
  EXPECT_EQ(guard_.poll_change()->after, VantageState::valid);
  EXPECT_EQ(guard_.reason(), "");
}

TEST_F(VantageGuardTest, AnsweringTargetsBuyTime) {
  configure(1);
  round(0, 1);
  for (const double time : {10.0, 20.0, 30.0}) {
    round(time, 0);
    guard_.handle_target_reply(at(time + 5));
  }
  EXPECT_EQ(guard_.state(), VantageState::valid);
  for (const double time : {40.0, 50.0, 60.0, 70.0}) {
    round(time, 0);
    guard_.handle_target_reply(at(time + 5));
  }
  EXPECT_EQ(guard_.state(), VantageState::invalid);
}

TEST_F(VantageGuardTest, SilenceOfItsProberIsBlindness) {
  configure(1);
  round(0, 1);
  EXPECT_EQ(guard_.next_deadline(), at(31.1) + Duration(1));
  guard_.handle_tick(at(31));
  EXPECT_TRUE(guard_.trusted());
  guard_.handle_tick(guard_.next_deadline());
  EXPECT_FALSE(guard_.trusted());
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  EXPECT_EQ(guard_.reason(), "no observations for 31s");
}

TEST_F(VantageGuardTest, OneThatNeverSpokeIsBlindToo) {
  configure(1);
  guard_.handle_tick(at(0));
  guard_.handle_tick(at(40));
  EXPECT_EQ(guard_.poll_change()->after, VantageState::invalid);
}

TEST_F(VantageGuardTest, AProblemOfItsProberCountsAtOnce) {
  configure(1);
  round(0, 1);
  ProberReport report;
  report.problem = "no permission for raw sockets";
  guard_.handle_report(report, at(5));
  EXPECT_FALSE(guard_.trusted());
  guard_.handle_report(report, at(15));
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  EXPECT_EQ(guard_.reason(), "no permission for raw sockets");
}

TEST_F(VantageGuardTest, WithoutControlsItIsValidWhileItSpeaks) {
  configure(0);
  guard_.handle_sign_of_life(at(0));
  EXPECT_TRUE(guard_.trusted());
  EXPECT_EQ(guard_.proof_of_sight(), Timestamp::max());
  guard_.handle_tick(at(40));
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  guard_.handle_sign_of_life(at(50));
  guard_.handle_sign_of_life(at(60));
  EXPECT_EQ(guard_.state(), VantageState::valid);
}

TEST_F(VantageGuardTest, OurOwnPauseIsNobodysFault) {
  configure(1);
  round(0, 1);
  guard_.handle_own_pause(at(1000));
  guard_.handle_tick(at(1000));
  EXPECT_FALSE(guard_.trusted());
  EXPECT_EQ(guard_.state(), VantageState::valid);
  round(1001, 1);
  EXPECT_TRUE(guard_.trusted());
  EXPECT_FALSE(guard_.poll_change());
}

TEST_F(VantageGuardTest, AProberARoundBehindIsBlind) {
  configure(1);
  round(0, 1);
  ProberReport report;
  report.pacing_lag = std::chrono::seconds(9);
  guard_.handle_report(report, at(5));
  EXPECT_TRUE(guard_.trusted());
  report.pacing_lag = std::chrono::seconds(11);
  guard_.handle_report(report, at(6));
  EXPECT_FALSE(guard_.trusted());
  EXPECT_EQ(guard_.state(), VantageState::valid);
  round(10, 1);
  guard_.handle_report(report, at(16));
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  EXPECT_EQ(guard_.reason().substr(0, 26), "its probes leave 11s late;");
}

TEST_F(VantageGuardTest, WhoseRepliesTheKernelDropsIsBlind) {
  configure(1);
  ProberReport report;
  report.sent = {{.engine = "ping", .probes = 1000}};
  const auto told = [&](double time, std::uint64_t sent, std::uint64_t dropped) {
    round(time, 1);
    report.sent[0].probes += sent;
    report.receive_drops += dropped;
    guard_.handle_report(report, at(time + 1));
  };
  told(0, 100, 0);
  told(10, 1000, 49);  // Fewer than one in twenty.
  EXPECT_TRUE(guard_.trusted());
  told(20, 1000, 50);
  EXPECT_FALSE(guard_.trusted());
  told(30, 1000, 60);
  EXPECT_EQ(guard_.state(), VantageState::invalid);
  EXPECT_EQ(guard_.reason(), "its kernel dropped 60 received packets while 1000 probes left");
  report = {};
  report.sent = {{.engine = "ping", .probes = 0}};  // It was started anew.
  told(40, 10, 0);
  told(50, 10, 0);
  EXPECT_EQ(guard_.state(), VantageState::valid);
}

}  // namespace
}  // namespace isthmus::resilience
