#include <gtest/gtest.h>

#include <cstring>

#include "probes/survey/state.hpp"
#include "unit/probes/survey_world.hpp"

namespace isthmus::probes {
namespace {

using testing::InternetSimulator;
using Mode = SurveySettings::Mode;

constexpr Instant kStart{std::chrono::hours(1)};

// Every path with round-trip times left out: those differ from run to run.
std::vector<std::string> paths_of(const Survey& survey) {
  std::vector<std::string> paths;
  for (std::size_t target = 0; target < survey.targets().size(); ++target) {
    std::string path = to_string(survey.targets()[target]);
    for (const Hop& hop : survey.trace(target, FlowId{0}).hops) {
      path += hop.answer() != nullptr ? " " + to_string(hop.answer()->from) : " *";
    }
    paths.push_back(path);
  }
  return paths;
}

// Interrupted after each of these shares of the probes, with what was on its way lost.
Survey run_with_interruptions(const SurveySettings& settings, InternetSimulator& world, std::uint64_t step) {
  Survey survey = std::move(Survey::create(settings, kStart).value());
  Instant now = kStart;
  while (!survey.finished()) {
    now = run(survey, world, now, survey.progress().sent + step);
    while (world.next()) (void)world.receive(*world.next());
    const std::vector<std::byte> saved = survey.save(now);
    now += std::chrono::hours(2);  // Longer than ticks last.
    SurveySettings again = settings;
    again.seed.fill(std::byte{0xee});  // A new process has another one.
    auto resumed = Survey::resume(again, saved, now);
    EXPECT_TRUE(resumed) << to_string(resumed.error());
    survey = std::move(*resumed);
  }
  return survey;
}

TEST(SurveyResume, AskingEverythingGivesTheSameResultWhereverItWasInterrupted) {
  InternetSimulator undisturbed(InternetSimulator::usual_world(512));
  const SurveySettings settings = survey_of(undisturbed, Mode::all, 2000);
  Survey whole = std::move(Survey::create(settings, kStart).value());
  run(whole, undisturbed, kStart);
  for (const std::uint64_t step : {1511U, 2311U, 5000U}) {
    InternetSimulator world(InternetSimulator::usual_world(512));
    const Survey survey = run_with_interruptions(settings, world, step);
    const std::vector<std::string> paths = paths_of(survey);
    const std::vector<std::string> expected = paths_of(whole);
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(paths[i], expected[i]) << "after every " << step;
    // Only what was on its way is asked twice.
    EXPECT_LE(world.probes(), undisturbed.probes() * 11 / 10);
  }
}

TEST(SurveyResume, SavingProbesFindsAsMuchAfterInterruptions) {
  InternetSimulator undisturbed(InternetSimulator::usual_world(4096));
  const SurveySettings settings = survey_of(undisturbed, Mode::saving, 4000);
  Survey whole = std::move(Survey::create(settings, kStart).value());
  run(whole, undisturbed, kStart);
  InternetSimulator world(InternetSimulator::usual_world(4096));
  const Survey survey = run_with_interruptions(settings, world, 3001);
  const Judgement before = judge(whole, undisturbed);
  const Judgement after = judge(survey, world);
  expect_nothing_false(after);
  EXPECT_GE(after.routers, 0.995);
  EXPECT_GE(after.links, before.links - 0.005);
  EXPECT_EQ(after.hosts, before.hosts);
  EXPECT_LE(world.probes(), undisturbed.probes() * 11 / 10);
}

class SavedSurveyTest : public ::testing::Test {
 protected:
  SavedSurveyTest() : world_(InternetSimulator::usual_world(32)), settings_(survey_of(world_, Mode::saving, 1000)) {
    Survey survey = std::move(Survey::create(settings_, kStart).value());
    const Instant now = run(survey, world_, kStart, 60);
    saved_ = survey.save(now);
  }
  std::string refusal(std::span<const std::byte> bytes) const {
    const auto resumed = Survey::resume(settings_, bytes, kStart);
    return resumed ? std::string() : resumed.error().detail;
  }
  InternetSimulator world_;
  SurveySettings settings_;
  std::vector<std::byte> saved_;
};

TEST_F(SavedSurveyTest, IsTakenUpWhole) { EXPECT_EQ(refusal(saved_), ""); }

TEST_F(SavedSurveyTest, CutShortAnywhereIsRefused) {
  for (std::size_t size = 0; size < saved_.size(); ++size) {
    ASSERT_NE(refusal(std::span(saved_).first(size)), "") << size;
  }
}

TEST_F(SavedSurveyTest, DamagedAnywhereIsRefused) {
  for (std::size_t at = 0; at < saved_.size(); ++at) {
    std::vector<std::byte> damaged = saved_;
    damaged[at] ^= std::byte{0x10};
    ASSERT_NE(refusal(damaged), "") << at;
  }
}

TEST_F(SavedSurveyTest, ForeignFilesAreRefusedInPlainWords) {
  const std::string text(4096, 'x');
  EXPECT_NE(refusal(std::as_bytes(std::span(text))).find("holds no saved survey"), std::string::npos);
  std::vector<std::byte> newer = saved_;
  newer[15] = std::byte{9};
  EXPECT_NE(refusal(newer).find("another version"), std::string::npos);
}

// A checksum keeps accidents out, not whoever can compute one.
TEST_F(SavedSurveyTest, WhatNoSurveySavesIsRefusedThoughItsChecksumIsRight) {
  using survey::PathState;
  const auto refusal_of = [&](auto change) {
    survey::SavedSurvey forged = survey::read_saved(saved_).value();
    change(forged.plan);
    return refusal(survey::write_saved(forged, settings_.max_ttl));
  };
  const auto begun = [](survey::Plan::Saved& plan) -> PathState& {
    return *std::find_if(plan.states.begin(), plan.states.end(), [](const PathState& s) { return s.split > 1; });
  };
  EXPECT_EQ(refusal_of([](auto&) {}), "");
  const std::string damaged = "the file is damaged; begin anew with another file";
  // An address that stands there twice shifts the numbers of those behind it out of the table.
  EXPECT_EQ(refusal_of([](auto& plan) { plan.interfaces.back() = plan.interfaces.front(); }), damaged);
  // Whom a walk expects is looked up by number.
  EXPECT_EQ(refusal_of([](auto& plan) { plan.states.front().expected = 0x7fffffff; }), damaged);
  // The rest would be counted wrong, and such a survey wait for ever.
  EXPECT_EQ(refusal_of([](auto& plan) { plan.position = 0; }), damaged);
  EXPECT_EQ(refusal_of([](auto& plan) { plan.position = 33; }), damaged);
  EXPECT_EQ(refusal_of([&](auto& plan) { begun(plan).measuring = true; }), damaged);
  EXPECT_EQ(refusal_of([&](auto& plan) { begun(plan).back = begun(plan).split + 1; }), damaged);
  EXPECT_EQ(refusal_of([&](auto& plan) { begun(plan).forward = begun(plan).split; }), damaged);
  EXPECT_EQ(refusal_of([&](auto& plan) { begun(plan) = PathState{.back = 2}; }), damaged);
}

// The number of cells alone does not tell.
TEST_F(SavedSurveyTest, RowsOfAnotherLengthAreRefused) {
  settings_.max_ttl = 31;
  const Survey survey = std::move(Survey::create(settings_, kStart).value());
  survey::SavedSurvey forged = survey::read_saved(survey.save(kStart)).value();
  forged.plan.position = 32;
  for (survey::PathState& state : forged.plan.states) state = {.back = 40, .split = 50};
  EXPECT_EQ(refusal(survey::write_saved(forged, 62)), "the file is damaged; begin anew with another file");
}

TEST_F(SavedSurveyTest, RowsLongerThanTheirBitmapsAreRefused) {
  constexpr std::size_t kHead = 32;
  constexpr std::size_t kMaxTtl = kHead + 8 + 32 + 8 + 8 + 2;
  ASSERT_EQ(saved_[kMaxTtl], std::byte{settings_.max_ttl});
  saved_[kMaxTtl] = std::byte{65};
  const std::uint64_t sum = wire::siphash_2_4(wire::SipHashKey{}, std::span(saved_).subspan(kHead));
  std::memcpy(&saved_[24], &sum, sizeof(sum));
  EXPECT_EQ(refusal(saved_), "the file is damaged; begin anew with another file");
}

TEST_F(SavedSurveyTest, AnotherSurveysFileIsRefused) {
  const auto refused = [&](auto change) {
    SurveySettings other = settings_;
    change(other);
    const auto resumed = Survey::resume(other, saved_, kStart);
    return !resumed && resumed.error().code == ErrorCode::refused;
  };
  EXPECT_FALSE(refused([](SurveySettings& s) { s.rate = 7; }));
  EXPECT_TRUE(refused([](SurveySettings& s) { s.targets.pop_back(); }));
  EXPECT_TRUE(refused([](SurveySettings& s) { s.flows = 2; }));
  EXPECT_TRUE(refused([](SurveySettings& s) { s.max_ttl = 30; }));
  EXPECT_TRUE(refused([](SurveySettings& s) { s.mode = Mode::all; }));
  EXPECT_TRUE(refused([](SurveySettings& s) { s.destination_port = 53; }));
  // What has been denied since must not be probed.
  EXPECT_TRUE(refused([](SurveySettings& s) { s.deny.add(Prefix::parse("10.0.3.0/24").value()); }));
}

}  // namespace
}  // namespace isthmus::probes
