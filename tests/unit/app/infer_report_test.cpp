#include "app/infer_report.hpp"

#include "unit/app/infer_fixture.hpp"

namespace isthmus::app {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the tests' own words.

InferredBlock report(const std::vector<Trace>& traces) {
  const auto data = charted();
  TraceIntake intake(data, {});
  for (const Trace& trace : traces) intake.take(trace);
  intake.settle();
  InferReport report(intake.map(), *data);
  return report.report(0, block("175.45.176.0/24"));
}

const InferredUpstream& upstream(const InferredBlock& block, Asn asn) {
  const auto found = std::ranges::find(block.upstreams, asn, [](const InferredUpstream& up) { return up.as.asn; });
  EXPECT_NE(found, block.upstreams.end());
  return *found;
}

TEST(InferReport, EachVantageAsIsOneUnitHoweverManyFlowsItHas) {
  const InferredBlock block =
      report({by_unicom({.vantage = "a", .flow = 1}), by_unicom({.vantage = "a", .flow = 2}),
              by_unicom({.vantage = "b", .flow = 1}), by_ttk({.vantage = "c", .flow = 1}, "144.232.1.1")});
  EXPECT_EQ(upstream(block, kUnicom).units, 1u);
  EXPECT_DOUBLE_EQ(upstream(block, kUnicom).vantage.estimate, 0.5);
  EXPECT_DOUBLE_EQ(upstream(block, kUnicom).flow.estimate, 0.75);
  EXPECT_DOUBLE_EQ(upstream(block, kTtk).vantage.estimate, 0.5);
  EXPECT_DOUBLE_EQ(block.effective_upstreams, 2);
  EXPECT_EQ(block.diversity.ases.min_cut, 2u);
  EXPECT_TRUE(block.chokepoints.empty());
}

TEST(InferReport, VantagePointsWithoutAnAsAreAWitnessEach) {
  const InferredBlock block = report({by_unicom({.vantage = "a"}, "0.0.0.0"), by_ttk({.vantage = "b"}, "0.0.0.0"),
                                      by_ttk({.vantage = "c"}, "0.0.0.0")});
  EXPECT_EQ(upstream(block, kTtk).units, 2u);
  EXPECT_EQ(block.upstreams.front().as.asn, kTtk);
  EXPECT_NEAR(upstream(block, kTtk).vantage.estimate, 2 / 3.0, 1e-9);
  ASSERT_EQ(block.from.size(), 3u);
  EXPECT_EQ(block.from[0].vantage.name, "a");
}

TEST(InferReport, WhatIsNotKnownIsAMassOfItsOwn) {
  const InferredBlock block = report({by_unicom({.vantage = "a"}), dying({.vantage = "b"}, "144.232.1.1")});
  EXPECT_DOUBLE_EQ(block.unknown_share, 0.5);
  EXPECT_DOUBLE_EQ(upstream(block, kUnicom).vantage.estimate, 0.5);
  EXPECT_EQ(block.upstreams.size(), 1u);
}

TEST(InferReport, AVantagePointInsideTheTargetSaysNothing) {
  Trace inside = inference::testing::trace("175.45.176.1 175.45.176.71", {.vantage = "in"});
  inside.seen_from = ip("175.45.176.9");
  const InferredBlock with = report({by_unicom(), inside});
  EXPECT_DOUBLE_EQ(with.unknown_share, 0);
  EXPECT_DOUBLE_EQ(upstream(with, kUnicom).vantage.estimate, 1);
  EXPECT_DOUBLE_EQ(report({inside}).unknown_share, 1);
}

TEST(InferReport, AVantagePointInTheOnlyProviderStillHangsOnIt) {
  Trace trace = inference::testing::trace("219.158.3.1 219.158.3.2 175.45.176.71");
  trace.seen_from = ip("219.158.9.9");
  const InferredBlock block = report({trace});
  EXPECT_EQ(block.diversity.ases.min_cut, 1u);
  ASSERT_EQ(block.chokepoints.size(), 1u);
  EXPECT_EQ(block.chokepoints[0].asn, kUnicom);
}

TEST(InferReport, BlocksComeInTheirOrder) {
  const auto data = charted();
  TraceIntake intake(data, {});
  for (const char* destination : {"175.45.178.1", "175.45.176.1", "12.5.5.5", "175.45.177.1"}) {
    intake.take(by_unicom({.destination = destination}));
  }
  std::string order;
  for (const auto& [target, at] : InferReport(intake.map(), *data).blocks()) order += to_string(at) + " ";
  EXPECT_EQ(order, "12.5.5.0/24 175.45.176.0/24 175.45.177.0/24 175.45.178.0/24 ");
}

TEST(InferReport, TheLineOfJsonIsWhatScriptsRelyOn) {
  const std::string line = infer_json(report({by_unicom({.started = 10})}));
  EXPECT_TRUE(line.starts_with(R"({"block":"175.45.176.0/24","target":"STAR-KP","upstreams":[{"asn":4837,)"
                               R"("name":"China Unicom","confidence":"A","units":1,)"
                               R"("last_seen":"2017-07-14T02:40:11.000Z","share":{"vantage":{"estimate":1,"low":0.2)"))
      << line;
  EXPECT_TRUE(line.ends_with(R"("unknown_share":0,"effective_upstreams":1,"min_cut_as":1,)"
                             R"("chokepoints":[{"asn":4837,"name":"China Unicom"}]})"
                             "\n"))
      << line;
}

TEST(InferReport, WithoutAnUpstreamTheCutIsNotKnownEither) {
  EXPECT_TRUE(infer_json(report({dying()}))
                  .ends_with(R"("upstreams":[],"unknown_share":1,"effective_upstreams":0,"min_cut_as":null,)"
                             R"("chokepoints":[]})"
                             "\n"));
}

TEST(InferReport, TheTableHasALineForEachUpstreamAndOneForWhatIsUnknown) {
  const std::string rows = infer_rows(report(
      {by_unicom({.vantage = "a"}), by_ttk({.vantage = "b"}, "144.232.1.1"), dying({.vantage = "c"}, "219.158.9.9")}));
  EXPECT_EQ(std::ranges::count(rows, '\n'), 3);
  EXPECT_NE(rows.find("175.45.176.0/24      STAR-KP                 AS4837 China Unicom"), std::string::npos) << rows;
  EXPECT_NE(rows.find("unknown"), std::string::npos);
}

}  // namespace
}  // namespace isthmus::app
