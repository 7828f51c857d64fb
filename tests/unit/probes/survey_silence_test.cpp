// What surveys make of silence, against the world of known truth.

#include <gtest/gtest.h>

#include <cstdio>

#include "unit/probes/survey_world.hpp"

namespace isthmus::probes {
namespace {

using testing::InternetSimulator;
using Mode = SurveySettings::Mode;

constexpr Instant kStart{std::chrono::hours(1)};

double share_of(const SilenceCounts& counts, SilenceCause cause) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return static_cast<double>(counts[static_cast<std::size_t>(cause)]) / static_cast<double>(sum);
}

std::uint64_t losses_in(const SilenceCounts& counts) {
  return counts[static_cast<std::size_t>(SilenceCause::forward_loss)] +
         counts[static_cast<std::size_t>(SilenceCause::unreachable)];
}

// Causes by who really was silent. Behind the last answer of a path nobody tells where it ends.
struct Silences {
  SilenceCounts limited{};  // Routers that limit their ICMP, wherever on the path.
  SilenceCounts mute{};     // Routers that never answer, between others that do.
  SilenceCounts lost{};     // Somebody whose answer was lost, between others.
  SilenceCounts ends{};
};

Ttl last_answer_of(const Trace& trace) {
  Ttl last = 0;
  for (const Hop& hop : trace.hops) last = hop.answer() != nullptr ? hop.ttl : last;
  return last;
}

// Precondition: one flow to each target, so that its hash is known.
Silences silences_of(const Survey& survey, const InternetSimulator& world) {
  Silences silences;
  survey.explain_silence([&](const SilentHop& silent) {
    const IpAddress& destination = survey.targets()[silent.target];
    const responder::Hop hop = world.hop(destination, *world.flows_to(destination).begin(), silent.ttl);
    const bool end = silent.ttl > last_answer_of(survey.trace(silent.target, silent.flow));
    SilenceCounts* counts = end ? &silences.ends : hop.answers == 0 ? &silences.mute : &silences.lost;
    if (hop.is_host == 0 && hop.answers != 0 && hop.limited != 0) counts = &silences.limited;
    ++(*counts)[static_cast<std::size_t>(silent.cause)];
  });
  return silences;
}

void print(const char* who, const SilenceCounts& counts) {
  std::printf("%-8s", who);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    std::printf(" %s %llu", to_string(static_cast<SilenceCause>(i)), static_cast<unsigned long long>(counts[i]));
  }
  std::printf("\n");
}

Silences survey_in(InternetSimulator& world, Mode mode, double rate) {
  Survey survey = std::move(Survey::create(survey_of(world, mode, rate), kStart).value());
  run(survey, world, kStart);
  const Silences silences = silences_of(survey, world);
  print("limited", silences.limited);
  print("mute", silences.mute);
  print("lost", silences.lost);
  print("ends", silences.ends);
  return silences;
}

responder::WorldSettings limited_world(std::uint32_t blocks) {
  responder::WorldSettings world = InternetSimulator::usual_world(blocks);
  world.limited_router_percent = 10;
  return world;
}

TEST(SurveySilence, OfRoutersThatLimitTheirIcmpIsNeverCalledLossAndOfMuteOnesMute) {
  InternetSimulator world(limited_world(16384));
  const Silences silences = survey_in(world, Mode::all, 20000);
  EXPECT_EQ(losses_in(silences.limited), 0U);
  EXPECT_GE(share_of(silences.limited, SilenceCause::icmp_limit), 0.98);
  EXPECT_EQ(share_of(silences.limited, SilenceCause::mute), 0.0);
  EXPECT_GE(share_of(silences.mute, SilenceCause::mute), 0.85);
  // What is not called mute is left open: branches of which too little was seen.
  EXPECT_GE(share_of(silences.mute, SilenceCause::mute) + share_of(silences.mute, SilenceCause::unknown), 0.999);
}

TEST(SurveySilence, IsNoLossEitherWhereFewProbesAskFast) {
  InternetSimulator world(limited_world(16384));
  const Silences silences = survey_in(world, Mode::saving, 100000);
  EXPECT_EQ(losses_in(silences.limited), 0U);
  EXPECT_GT(share_of(silences.limited, SilenceCause::icmp_limit), share_of(silences.limited, SilenceCause::mute));
  EXPECT_GE(share_of(silences.mute, SilenceCause::mute), 0.85);
}

void expect_losses_not_blamed_on_limits(Mode mode, std::uint32_t blocks, double at_most) {
  InternetSimulator world(InternetSimulator::usual_world(blocks));
  world.lose_every(50);
  const Silences silences = survey_in(world, mode, 20000);
  EXPECT_LE(share_of(silences.lost, SilenceCause::icmp_limit), at_most);
  EXPECT_EQ(losses_in(silences.lost), 0U);
  EXPECT_LE(share_of(silences.mute, SilenceCause::icmp_limit), 0.01);
  EXPECT_GE(share_of(silences.mute, SilenceCause::mute), 0.85);
}

TEST(SurveySilence, OfLostPacketsIsNoLimit) {
  expect_losses_not_blamed_on_limits(Mode::all, 8192, 0.05);
  // One in twenty, and so few of them are left when probes are saved that a smaller world says anything.
  expect_losses_not_blamed_on_limits(Mode::saving, 65536, 0.08);
}

TEST(SurveySilence, OfThePathsEndIsUnknownWhileNothingTellsMore) {
  InternetSimulator world(limited_world(4096));
  const Silences silences = survey_in(world, Mode::saving, 20000);
  EXPECT_EQ(share_of(silences.ends, SilenceCause::unknown), 1.0);
}

SurveySettings of_six_flows(const InternetSimulator& world) {
  SurveySettings settings = survey_of(world, Mode::all, 50000);
  settings.flows = 6;
  return settings;
}

TEST(SurveySilence, BehindACutThatOtherFlowsGoAroundIsForwardLoss) {
  responder::WorldSettings talkative = InternetSimulator::usual_world(256);
  talkative.silent_router_percent = 0;
  talkative.silent_host_percent = 0;
  InternetSimulator world(talkative);
  const SurveySettings settings = of_six_flows(world);
  for (std::size_t target = 0; target < settings.targets.size(); target += 4) world.cut(settings.targets[target], 5);
  Survey survey = std::move(Survey::create(settings, kStart).value());
  run(survey, world, kStart);
  SilenceCounts counts{};
  std::set<std::size_t> cut;
  survey.explain_silence([&](const SilentHop& silent) {
    EXPECT_GT(silent.ttl, 5);
    EXPECT_EQ(silent.target % 4, 0U);
    ++counts[static_cast<std::size_t>(silent.cause)];
    if (silent.cause == SilenceCause::forward_loss) cut.insert(silent.target);
  });
  print("cut", counts);
  EXPECT_EQ(share_of(counts, SilenceCause::forward_loss), 1.0);
  EXPECT_EQ(cut.size(), settings.targets.size() / 4);
}

TEST(SurveySilence, OfManyLimitsOnManyFlowsIsNoForwardLoss) {
  for (const unsigned percent : {10U, 60U}) {
    responder::WorldSettings limited = InternetSimulator::usual_world(2048);
    limited.limited_router_percent = percent;
    limited.limit_per_second = 20;
    InternetSimulator world(limited);
    Survey survey = std::move(Survey::create(of_six_flows(world), kStart).value());
    run(survey, world, kStart);
    SilenceCounts counts{};
    survey.explain_silence([&](const SilentHop& silent) { ++counts[static_cast<std::size_t>(silent.cause)]; });
    print("all", counts);
    EXPECT_EQ(losses_in(counts), 0U);
  }
}

}  // namespace
}  // namespace isthmus::probes
