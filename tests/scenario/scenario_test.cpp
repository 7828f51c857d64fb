// Every file in tests/scenario but those that are replayed (replay_test.py), each with several seeds: phases of the
// probes, convergence of the routes and losses differ, what isthmus says of it must not.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "scenario/runner.hpp"

namespace isthmus::scenario {
namespace {

constexpr unsigned kSeeds = 8;

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(ISTHMUS_SCENARIOS)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".scenario") && !name.starts_with("replay-")) names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string all(const std::vector<std::string>& complaints) {
  std::string text;
  for (const std::string& complaint : complaints) text += complaint + "\n";
  return text;
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, SaysWhatHappenedAndNothingElse) {
  const Scenario scenario = read_scenario(GetParam());
  ASSERT_FALSE(scenario.causes.empty());
  Duration slowest{};
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    Runner runner(scenario, seed);
    const auto complaints = runner.run();
    EXPECT_TRUE(complaints.empty()) << GetParam() << ", seed " << seed << "\n" << all(complaints);
    slowest = std::max(slowest, runner.slowest());
  }
  RecordProperty("slowest_seconds", std::to_string(to_seconds(slowest)));
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, testing::ValuesIn(files()), test_name);

TEST(Scenario, SameInputsSameEvents) {
  const Scenario scenario = read_scenario(std::string(ISTHMUS_SCENARIOS) + "/north-korea-2017.scenario");
  Runner first(scenario, 7);
  Runner second(scenario, 7);
  first.run();
  second.run();
  ASSERT_FALSE(first.events().empty());
  EXPECT_EQ(first.events(), second.events());
}

TEST(Scenario, EveryEventCarriesItsEvidence) {
  const Scenario scenario = read_scenario(std::string(ISTHMUS_SCENARIOS) + "/north-korea-2017.scenario");
  Runner runner(scenario, 3);
  runner.run();
  for (const Event& event : runner.events()) {
    EXPECT_FALSE(event.evidence.summary.empty()) << event_key(event);
    EXPECT_FALSE(event.evidence.vantages.empty()) << event_key(event);
    EXPECT_NE(event.before, event.after) << event_key(event);
    EXPECT_LE(event.evidence.traces.size(), 4U);
    EXPECT_FALSE(event.evidence.traces.empty()) << event_key(event);
    EXPECT_TRUE(event.evidence.failing || event.kind != EventKind::block_down) << event_key(event);
  }
}

}  // namespace
}  // namespace isthmus::scenario
