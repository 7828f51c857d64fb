#include "app/trace_intake.hpp"

#include "unit/app/infer_fixture.hpp"

namespace isthmus::app {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the tests' own words.
using inference::TargetId;

TEST(TraceIntake, TheTargetIsWhoeverAnnouncesTheDestination) {
  TraceIntake intake(charted(), {});
  intake.take(by_unicom());
  const auto blocks = intake.map().blocks();
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(intake.map().network_of(blocks[0].first).asn, kStar);
  EXPECT_EQ(intake.map().network_of(blocks[0].first).name, "STAR-KP");
  EXPECT_EQ(blocks[0].second, block("175.45.176.0/24"));
}

TEST(TraceIntake, BlocksThatNobodyAnnouncesStandForThemselves) {
  TraceIntake intake(charted(), {});
  intake.take(by_unicom({.destination = "203.0.114.1"}));
  const auto blocks = intake.map().blocks();
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_TRUE(intake.map().network_of(blocks[0].first).asn.is_none());
  EXPECT_EQ(intake.map().network_of(blocks[0].first).name, "203.0.114.0/24");
}

TEST(TraceIntake, OfTheTargetsAskedForTheLongestPrefixDecides) {
  const std::vector targets{parse_target("all=131279:175.45.176.0/22").value(),
                            parse_target("part=131279:175.45.177.0/24").value()};
  TraceIntake intake(charted(), {.targets = targets, .explained = {}});
  intake.take(by_unicom());
  intake.take(by_unicom({.destination = "175.45.177.10"}));
  intake.take(by_unicom({.destination = "12.0.1.9"}));
  const auto blocks = intake.map().blocks();
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(intake.map().network_of(blocks[0].first).name, "all");
  EXPECT_EQ(intake.map().network_of(blocks[1].first).name, "part");
  EXPECT_EQ(intake.left_out(), 1u);
}

TEST(TraceIntake, AVantagePointStandsWhereTheWorldSeesIt) {
  TraceIntake intake(charted(), {});
  Trace trace = by_unicom({.vantage = "seen"}, "144.232.1.1");
  trace.source = ip("12.0.1.5");
  intake.take(trace);
  trace = by_unicom({.vantage = "unseen"}, "0.0.0.0");
  trace.source = ip("12.0.1.5");
  intake.take(trace);
  trace = by_unicom({.vantage = "private"}, "0.0.0.0");
  trace.source = ip("192.168.1.5");
  intake.take(trace);
  std::map<std::string, Asn> where;
  for (const auto& path : intake.map().paths_of(0, block("175.45.176.0/24"))) {
    where[intake.map().name_of(path.key.vantage)] = intake.map().asn_of(path.key.vantage);
  }
  EXPECT_EQ(where, (std::map<std::string, Asn>{{"seen", Asn{1239}}, {"unseen", Asn{7018}}, {"private", Asn{}}}));
}

TEST(TraceIntake, AVantagePointThatWasNoWhereGetsItsPlaceFromALaterTrace) {
  TraceIntake intake(charted(), {});
  intake.take(by_unicom({.flow = 1}, "0.0.0.0"));
  intake.take(by_unicom({.flow = 2}, "144.232.1.1"));
  // Who moved house is still one witness.
  intake.take(by_unicom({.flow = 3}, "12.0.1.1"));
  const auto paths = intake.map().paths_of(0, block("175.45.176.0/24"));
  EXPECT_EQ(intake.map().asn_of(paths.front().key.vantage), Asn{1239});
}

TEST(TraceIntake, OnlyTracesThatAreToBeExplainedAreKept) {
  TraceIntake intake(charted(), {.targets = {}, .explained = Prefix::parse("175.45.177.0/24").value()});
  intake.take(by_unicom());
  intake.take(by_ttk({.destination = "175.45.177.10"}));
  EXPECT_FALSE(intake.map().paths_of(0, block("175.45.176.0/24")).front().trace);
  ASSERT_TRUE(intake.map().paths_of(0, block("175.45.177.0/24")).front().trace);
}

TEST(TraceIntake, SettlingReadsEarlierTracesInTheLightOfLaterOnes) {
  TraceIntake intake(charted(), {});
  intake.take(by_unicom({.vantage = "first"}, "12.0.1.77"));
  intake.take(by_unicom({.vantage = "second"}, "144.232.1.1"));
  const auto confirmed = [&] {
    std::size_t count = 0;
    for (const auto& path : intake.map().paths_of(0, block("175.45.176.0/24"))) {
      count += path.last_hop.clues.has(inference::Clue::confirmed) ? 1U : 0U;
    }
    return count;
  };
  EXPECT_EQ(confirmed(), 1u);
  intake.settle();
  EXPECT_EQ(confirmed(), 2u);
}

TEST(TargetOption, NamesANetworkWithItsPrefixes) {
  const auto target = parse_target("north korea=AS131279:175.45.176.0/22,2001:db8::/32");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->name, "north korea");
  EXPECT_EQ(target->asn, kStar);
  EXPECT_EQ(target->prefixes.size(), 2u);
}

TEST(TargetOption, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", "a", "a=1", "a=1:", "=1:10.0.0.0/8", "a=:10.0.0.0/8", "a=0:10.0.0.0/8", "a=1x:10.0.0.0/8",
        "a=4294967296:10.0.0.0/8", "a=1:10.0.0.0/8,", "a=1:10.0.0.0/33", "a=1:10.0.0.1/8"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

}  // namespace
}  // namespace isthmus::app
