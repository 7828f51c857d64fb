#include "isthmus/resilience/whatif.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/resilience/way_builder.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kTarget;
using testing::WaysBuilder;

// A target with blocks 192.0.0.0/24, 192.0.1.0/24 and so on.
WatchedTarget target(const std::vector<std::shared_ptr<const BlockWays>>& blocks) {
  WatchedTarget watched;
  watched.name = "example";
  watched.asn = Asn{kTarget};
  std::vector<AlikeBlocks> alike;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    watched.blocks.push_back({Block::of(IpAddress::v4(0xC0000000 + (b << 8))), blocks[b]});
    if (blocks[b] != nullptr) alike.push_back({blocks[b], 1});
  }
  watched.diversity = std::make_shared<const TargetDiversity>(DiversityCache().measure_target(alike, [](Asn asn) {
    return asn == Asn{10} ? std::string("Ten") : asn == Asn{20} ? std::string("Twenty") : std::string();
  }));
  return watched;
}

Result<WhatIf> ask(const std::vector<WatchedTarget>& targets, const std::string& fails) {
  return what_if(targets, parse_failure(fails).value(), Timestamp{});
}

TargetVerdict fate(const std::vector<std::shared_ptr<const BlockWays>>& blocks, const std::string& fails) {
  return ask({target(blocks)}, fails).value().targets.at(0);
}

std::vector<Fate> fates(const std::vector<std::shared_ptr<const BlockWays>>& blocks, const std::string& fails) {
  std::vector<Fate> result;
  for (const BlockVerdict& block : fate(blocks, fails).blocks) result.push_back(block.fate);
  return result;
}

TEST(WhatIf, TellsTheBlocksThatGoDarkFromThoseThatKeepAWay) {
  WaysBuilder builder;
  const auto only_ten = builder.add(1, "10").add(2, "10").block();
  const auto both = builder.next().add(1, "10").add(2, "20").block();
  const auto only_twenty = builder.next().add(1, "20").add(2, "20").block();
  const auto three = builder.next().add(1, "10").add(2, "20").add(3, "30").block();
  EXPECT_THAT(fates({only_ten, both, only_twenty, three, nullptr}, "AS10"),
              ElementsAre(Fate::dark, Fate::loses_redundancy, Fate::unaffected, Fate::keeps, Fate::not_known));
  EXPECT_THAT(fates({only_ten, both, only_twenty, three}, "AS10,AS20"),
              ElementsAre(Fate::dark, Fate::dark, Fate::dark, Fate::loses_redundancy));
}

TEST(WhatIf, CountsBlocksByFateAndMeasuresTheWholeTarget) {
  WaysBuilder builder;
  const auto only_ten = builder.add(1, "10").block();
  const auto both = builder.next().add(1, "10").add(2, "20").block();
  const TargetVerdict whole = fate({only_ten, only_ten, both}, "AS10");
  EXPECT_THAT(whole.blocks_by_fate, ElementsAre(2, 1, 0, 0, 0));
  EXPECT_EQ(whole.min_cut_before, 2u);
  EXPECT_EQ(whole.min_cut_after, 1u);
  EXPECT_EQ(whole.units, (Units{.all = 4, .known = 4, .kept = 1, .moved = 0}));
  EXPECT_EQ(whole.blocks[2].min_cut_before, 2u);
  EXPECT_EQ(whole.blocks[2].min_cut_after, 1u);
  EXPECT_EQ(whole.blocks[0].min_cut_after, 0u);
}

TEST(WhatIf, WhatIsLeftIsCarriedByUpstreamsInProportionToTheRemainingUnits) {
  WaysBuilder builder;
  // Of four vantage ASes one loses everything, one half of its flows, and two nothing.
  const auto block = builder.add(1, "10")
                         .add(2, "10", "", 2)
                         .add(2, "20", "", 1)
                         .add(2, "30", "", 1)
                         .add(3, "20")
                         .add(4, "20")
                         .block();
  const TargetVerdict whole = fate({block}, "AS10");
  EXPECT_EQ(whole.units, (Units{.all = 4, .known = 4, .kept = 3, .moved = 1}));
  ASSERT_EQ(whole.carriers.size(), 2u);
  EXPECT_EQ(whole.carriers[0].asn, Asn{20});
  EXPECT_EQ(whole.carriers[0].name, "Twenty");
  EXPECT_THAT(whole.carriers[0].share, DoubleEq(2.5 / 3));
  EXPECT_THAT(whole.carriers[1].share, DoubleEq(0.5 / 3));
  EXPECT_EQ(whole.blocks[0].carriers, whole.carriers);
}

TEST(WhatIf, ANetworkInTheMiddleTakesAllThatGoByIt) {
  WaysBuilder builder;
  const auto block = builder.add(1, "99 10").add(2, "99 20").block();
  EXPECT_THAT(fates({block}, "AS99"), ElementsAre(Fate::dark));
  EXPECT_THAT(fates({block}, "AS20"), ElementsAre(Fate::keeps));
}

TEST(WhatIf, AWayThatHidesWhatFailsIsCutToo) {
  WaysBuilder builder;
  const auto block = builder.add(1, "5 10 7").add(1, "5 ? 7").add(2, "6 ? 7").block();
  const TargetVerdict whole = fate({block}, "AS10");
  EXPECT_EQ(whole.units.kept, 1u);
}

TEST(WhatIf, ABlockThatNobodySeesIsNotKnownAndNeverSurvives) {
  WaysBuilder builder;
  const auto seen = builder.add(1, "10").block();
  const auto open = builder.next().unknown(1).unknown(2).block();
  EXPECT_THAT(fates({seen, open}, "AS10"), ElementsAre(Fate::dark, Fate::not_known));
  EXPECT_THAT(fates({seen, builder.next().add(1, "20").unknown(2).block()}, "AS10"),
              ElementsAre(Fate::dark, Fate::unaffected));
}

TEST(WhatIf, DarkTakesMostVantageAses) {
  WaysBuilder builder;
  const auto half = builder.add(1, "10").unknown(2).block();
  const auto less = builder.next().add(1, "10").unknown(2).unknown(3).block();
  EXPECT_THAT(fates({half, less}, "AS10"), ElementsAre(Fate::dark, Fate::not_known));
  EXPECT_EQ(fate({less}, "AS10").blocks[0].units, (Units{.all = 3, .known = 1, .kept = 0, .moved = 0}));
}

TEST(WhatIf, ARouterMayFailByItself) {
  WaysBuilder builder;
  const auto block = builder.add(1, "10", "10.1 200.1").add(2, "10", "10.2 200.1").block();
  EXPECT_THAT(fates({block}, "10.0.10.1"), ElementsAre(Fate::keeps));
  EXPECT_THAT(fates({block}, "10.0.10.1,10.0.10.2"), ElementsAre(Fate::dark));
  EXPECT_THAT(fates({block}, "10.0.200.1"), ElementsAre(Fate::dark));
}

TEST(WhatIf, WhatNobodySawIsAnErrorThatNamesWhatThereIs) {
  WaysBuilder builder;
  const std::vector targets{target({builder.add(1, "10").block()})};
  for (const auto& [fails, part] :
       std::vector<std::pair<const char*, const char*>>{{"AS77", "AS77"},
                                                        {"AS77", "on the ways are AS10 Ten"},
                                                        {"AS10,AS77", "AS77"},
                                                        {"AS200", "the network of example itself"},
                                                        {"192.0.2.1", "192.0.2.1"}}) {
    const auto answer = ask(targets, fails);
    ASSERT_FALSE(answer) << fails;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(to_string(answer.error()), HasSubstr(part));
  }
  EXPECT_THAT(to_string(ask({target({nullptr})}, "AS10").error()), HasSubstr("no way to any block is known yet"));
}

TEST(WhatIf, OtherTargetsAreToldOfToo) {
  WaysBuilder builder;
  const std::vector targets{target({builder.add(1, "10").block()}), target({builder.next().add(1, "20").block()})};
  const WhatIf answer = ask(targets, "AS20").value();
  EXPECT_EQ(answer.targets[0].blocks[0].fate, Fate::unaffected);
  EXPECT_EQ(answer.targets[1].blocks[0].fate, Fate::dark);
  EXPECT_THAT(answer.names, ElementsAre(std::pair(Asn{20}, std::string("Twenty"))));
}

TEST(Failure, IsReadAsPeopleWriteIt) {
  const Failure failure = parse_failure("AS4837, 20485,as174,AS4837,219.158.3.2,2001:db8::1").value();
  EXPECT_THAT(failure.ases, ElementsAre(Asn{174}, Asn{4837}, Asn{20485}));
  EXPECT_EQ(to_string(failure), "AS174,AS4837,AS20485,219.158.3.2,2001:db8::1");
}

TEST(Failure, WhatIsNeitherNetworkNorRouterIsNamed) {
  for (const char* text : {"", "AS", "AS0", "AS4294967296", "unicom", "AS4837,", "AS4837;AS20485", "1.2.3", "-1"}) {
    const auto failure = parse_failure(text);
    ASSERT_FALSE(failure) << text;
    EXPECT_THAT(to_string(failure.error()), HasSubstr("AS4837,AS20485"));
  }
}

TEST(Fate, HasAWordThatIsReadBack) {
  for (const Fate fate : kFates) EXPECT_EQ(parse_fate(to_string(fate)), fate);
  EXPECT_EQ(parse_fate("bright"), std::nullopt);
}

}  // namespace
}  // namespace isthmus::resilience
