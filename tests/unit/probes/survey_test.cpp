#include "isthmus/probes/survey.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "unit/probes/survey_world.hpp"

namespace isthmus::probes {
namespace {

using testing::InternetSimulator;
using Mode = SurveySettings::Mode;

constexpr Instant kStart{std::chrono::hours(1)};

Survey begin(const SurveySettings& settings) { return std::move(Survey::create(settings, kStart).value()); }

TEST(Survey, AskingEverythingFindsEverythingThatItsFlowsCanReveal) {
  InternetSimulator world(InternetSimulator::usual_world(8192));
  Survey survey = begin(survey_of(world, Mode::all, 500000));
  run(survey, world, kStart);
  const Judgement judgement = judge(survey, world);
  EXPECT_EQ(judgement.routers, 1.0);
  EXPECT_EQ(judgement.links, 1.0);
  EXPECT_EQ(judgement.hosts, 1.0);
  expect_nothing_false(judgement);
  // Silent hops between answers are asked once more; nothing else is asked twice.
  EXPECT_GE(world.probes(), 8192U * 16);
  EXPECT_LE(world.probes(), 8192U * 16 * 103 / 100);
}

TEST(Survey, SavingProbesFindsNearlyAllWithALittleMoreThanAThirdOfThem) {
  InternetSimulator world(InternetSimulator::usual_world(65536));
  Survey survey = begin(survey_of(world, Mode::saving, 100000));
  run(survey, world, kStart);
  const Judgement judgement = judge(survey, world);
  EXPECT_GE(judgement.routers, 0.999);
  EXPECT_GE(judgement.links, 0.995);
  EXPECT_GE(judgement.hosts, 0.999);
  expect_nothing_false(judgement);
  EXPECT_LE(world.probes(), 400000U);
  std::printf("routers %.4f, links %.4f, hosts %.4f of what %llu probes' flows can reveal\n", judgement.routers,
              judgement.links, judgement.hosts, static_cast<unsigned long long>(world.probes()));
}

TEST(Survey, RoutersThatLimitTheirIcmpAreFoundAllTheSame) {
  responder::WorldSettings limited = InternetSimulator::usual_world(16384);
  limited.limited_router_percent = 10;
  InternetSimulator world(limited);
  Survey survey = begin(survey_of(world, Mode::saving, 20000));
  run(survey, world, kStart);
  const Judgement judgement = judge(survey, world);
  EXPECT_GE(judgement.routers, 0.99);
  expect_nothing_false(judgement);
}

TEST(Survey, LostAnswersAreAskedAgainWhereTheyLeaveAGap) {
  InternetSimulator world(InternetSimulator::usual_world(4096));
  world.lose_every(50);
  Survey survey = begin(survey_of(world, Mode::all, 200000));
  run(survey, world, kStart);
  const Judgement judgement = judge(survey, world);
  EXPECT_GE(judgement.routers, 0.99);  // 0.98 of the edge routers without asking again
  expect_nothing_false(judgement);
}

TEST(Survey, TheWindowAsksOnlyTheLastHops) {
  InternetSimulator world(InternetSimulator::usual_world(1024));
  SurveySettings settings = survey_of(world, Mode::window, 100000);
  settings.flows = 6;
  settings.window = 3;
  Survey survey = begin(settings);
  run(survey, world, kStart);
  expect_nothing_false(judge(survey, world, settings.flows));
  std::size_t edges = 0;
  std::size_t expected = 0;
  for (std::size_t target = 0; target < survey.targets().size(); ++target) {
    for (std::uint16_t flow = 0; flow < settings.flows; ++flow) {
      const Trace trace = survey.trace(target, FlowId{flow});
      if (trace.stop != StopReason::reached) continue;
      const std::set<std::uint32_t>& hashes = world.flows_to(trace.destination);
      ASSERT_EQ(hashes.size(), settings.flows);
      const auto last = static_cast<Ttl>(trace.hops.size() - 1);
      const auto edge = world.at(trace.destination, *hashes.begin(), last);  // The same for all flows.
      if (!edge) continue;
      ++expected;
      const Reply* answer = trace.hops[last - 1U].answer();
      edges += answer != nullptr && answer->from == edge ? 1 : 0;
    }
  }
  EXPECT_GT(expected, 3000U);
  EXPECT_EQ(edges, expected);
  // The distance, the destination, three hops, and what silent hosts cost.
  EXPECT_LE(world.probes(), 1024U * 6 * 7);
}

TEST(Survey, WhatIsDeniedIsNeverProbed) {
  InternetSimulator world(InternetSimulator::usual_world(512));
  for (const Mode mode : {Mode::all, Mode::saving, Mode::window}) {
    SurveySettings settings = survey_of(world, mode, 100000);
    settings.deny.add(Prefix::parse("10.0.16.0/20").value());
    settings.deny.add(Prefix::parse("10.1.0.1/32").value());
    Survey survey = begin(settings);
    EXPECT_EQ(survey.progress().denied, 17U);
    EXPECT_EQ(survey.progress().targets, 512U - 17);
    run(survey, world, kStart);
  }
  EXPECT_EQ(world.destinations().size(), 512U - 17);
  for (const IpAddress& destination : world.destinations()) {
    EXPECT_FALSE(Prefix::parse("10.0.16.0/20").value().contains(destination));
  }
}

TEST(Survey, NoOtherProbeLeavesThanTheRateAllows) {
  InternetSimulator world(InternetSimulator::usual_world(256));
  Survey survey = begin(survey_of(world, Mode::all, 1000));
  std::size_t burst = 0;
  Instant now = kStart;
  for (; survey.progress().sent < 3000; now += std::chrono::microseconds(100)) {
    const std::size_t packets = survey.poll_packets(now).size();
    burst = std::max(burst, packets);
  }
  EXPECT_LE(burst, 2U);  // Two milliseconds of the rate.
  EXPECT_NEAR(to_seconds(now - kStart), 3.0, 0.03);
}

TEST(Survey, APacketThatCannotLeaveIsAHopOfItsOwnKind) {
  InternetSimulator world(InternetSimulator::usual_world(1));
  SurveySettings settings = survey_of(world, Mode::all, 1000);
  Survey survey = begin(settings);
  Instant now = kStart;
  while (!survey.finished()) {
    const auto packets = survey.poll_packets(now);
    for (std::size_t i = 0; i < packets.size(); ++i) survey.handle_send_failure(i);
    now += std::chrono::milliseconds(1);
    survey.handle_timeout(now);
  }
  EXPECT_EQ(survey.progress().sent, 0U);
  EXPECT_EQ(survey.progress().send_failures, 16U);
  const Trace trace = survey.trace(0, FlowId{0});
  EXPECT_EQ(trace.stop, StopReason::send_failed);
  EXPECT_TRUE(std::holds_alternative<SendFailed>(trace.hops.front().outcomes.front()));
}

TEST(Survey, AnswersThatProveNothingChangeNothing) {
  InternetSimulator world(InternetSimulator::usual_world(64));
  Survey survey = begin(survey_of(world, Mode::all, 100000));
  Instant now = kStart;
  std::uint64_t forged = 0;
  while (!survey.finished()) {
    while (auto arrival = world.receive(now)) {
      survey.handle_packet(arrival->bytes, arrival->at);
      survey.handle_packet(arrival->bytes, arrival->at);  // Twice.
      arrival->bytes[28 + 26] ^= std::byte{0x5a};         // Another UDP checksum in the quote,
      arrival->bytes[28 + 4] ^= std::byte{0x33};          // and another IP-ID.
      arrival->bytes[12] = std::byte{203};
      survey.handle_packet(arrival->bytes, arrival->at);
      ++forged;
    }
    survey.handle_timeout(now);
    for (const SurveyPacket& packet : survey.poll_packets(now)) world.send(packet.bytes, now);
    now += std::chrono::microseconds(100);
  }
  const SurveyProgress progress = survey.progress();
  EXPECT_EQ(progress.answers, forged);
  EXPECT_EQ(progress.invalid[static_cast<std::size_t>(InvalidReason::duplicate)], forged);
  EXPECT_EQ(judge(survey, world).routers, 1.0);
  expect_nothing_false(judge(survey, world));
}

TEST(Survey, SettingsThatMakeNoSurveyAreNamed) {
  const InternetSimulator world(InternetSimulator::usual_world(4));
  const auto refused = [&](auto change) {
    SurveySettings settings = survey_of(world, Mode::saving, 100);
    change(settings);
    const auto survey = Survey::create(settings, kStart);
    return survey ? std::string() : survey.error().detail;
  };
  EXPECT_EQ(refused([](SurveySettings&) {}), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.max_ttl = 64; }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.flows = 0; }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.flows = 5000; }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.rate = 0; }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.gap_limit = 0; }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.timeout = Duration::zero(); }), "");
  EXPECT_NE(refused([](SurveySettings& s) { s.targets.push_back(IpAddress::parse("2001:db8::1").value()); }), "");
}

}  // namespace
}  // namespace isthmus::probes
