#include "resilience/shares.hpp"

#include <gmock/gmock.h>

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Asn kUnicom{4837};
constexpr Asn kTtk{20485};

// Vantage points 0 and 1 stand in one AS, 2 in another, 3 is blind.
std::optional<Asn> vantage_asn(inference::VantageId vantage) {
  if (vantage == 3) return std::nullopt;
  return vantage < 2 ? Asn{680} : Asn{2497};
}
const std::vector<Asn> kValid{Asn{680}, Asn{2497}};

inference::Path path(inference::VantageId vantage, std::uint32_t host, std::uint16_t flow, Asn upstream,
                     Confidence confidence = Confidence::a) {
  inference::Path made;
  made.key = {.vantage = vantage, .address = IpAddress::v4(0xCB007100 + host), .flow = FlowId{flow}};
  if (!upstream.is_none()) made.last_hop.upstream = upstream;
  made.last_hop.confidence = upstream.is_none() ? Confidence::c : confidence;
  return made;
}

ShareTally tally(const std::vector<inference::Path>& paths, const std::vector<Asn>& valid = kValid) {
  return tally_block(paths, vantage_asn, valid, [](Asn) { return true; });
}

TEST(ShareTally, EachEstimandCountsItsOwnUnits) {
  // AS680 sees the first address by TransTeleCom in one flow of three, AS2497 the second one by Unicom.
  const ShareTally seen =
      tally({path(0, 1, 0, kTtk), path(0, 1, 1, kUnicom), path(1, 1, 0, kUnicom), path(2, 2, 0, kUnicom)});
  EXPECT_THAT(seen.upstreams(), ElementsAre(kUnicom, kTtk));
  EXPECT_DOUBLE_EQ(seen.share(Estimand::vantage, kTtk).estimate, (1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(seen.share(Estimand::address, kTtk).estimate, (1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(seen.share(Estimand::flow, kTtk).estimate, 1.0 / 4);
  EXPECT_DOUBLE_EQ(seen.all(Estimand::vantage), 2);
  EXPECT_DOUBLE_EQ(seen.all(Estimand::address), 2);
  EXPECT_DOUBLE_EQ(seen.all(Estimand::flow), 4);
}

TEST(ShareTally, TwoVantagePointsOfOneAsAreOneWitness) {
  const ShareTally seen = tally({path(0, 1, 0, kUnicom), path(1, 1, 0, kUnicom), path(2, 1, 0, kTtk)});
  EXPECT_EQ(seen.units(kUnicom), 1U);
  EXPECT_DOUBLE_EQ(seen.share(Estimand::vantage, kUnicom).estimate, 0.5);
  const auto witnesses = seen.witnesses(Estimand::flow, kUnicom);
  ASSERT_EQ(witnesses.size(), 2U);
  EXPECT_DOUBLE_EQ(witnesses[0].units, 2);
  EXPECT_DOUBLE_EQ(witnesses[0].carried, 2);
  EXPECT_DOUBLE_EQ(witnesses[1].carried, 0);
}

TEST(ShareTally, WhoIsBlindDoesNotCountAndWhoHasNoTraceIsUnknown) {
  const ShareTally seen = tally({path(3, 1, 0, kTtk), path(0, 1, 0, kUnicom)});
  EXPECT_THAT(seen.upstreams(), ElementsAre(kUnicom));
  EXPECT_DOUBLE_EQ(seen.unknown_share(Estimand::vantage), 0.5);
  EXPECT_DOUBLE_EQ(seen.unknown_share(Estimand::flow), 0);
  EXPECT_DOUBLE_EQ(seen.witnesses(Estimand::vantage, kUnicom).back().unknown, 1);
}

TEST(ShareTally, TheUnknownIsNeverSpreadOverTheKnown) {
  const ShareTally seen = tally({path(0, 1, 0, kUnicom), path(0, 1, 1, Asn{}), path(2, 1, 0, Asn{})});
  EXPECT_DOUBLE_EQ(seen.unknown_share(Estimand::vantage), 0.75);
  const ShareEstimate share = seen.share(Estimand::vantage, kUnicom);
  EXPECT_DOUBLE_EQ(share.estimate, 0.25);
  EXPECT_DOUBLE_EQ(share.high, 1);
  EXPECT_DOUBLE_EQ(seen.effective_upstreams(Estimand::vantage), 1);
}

TEST(ShareTally, AMereCandidateIsUnknown) {
  const ShareTally seen = tally_block(std::vector{path(0, 1, 0, kUnicom), path(2, 1, 0, kTtk)}, vantage_asn, kValid,
                                      [](Asn asn) { return asn == kUnicom; });
  EXPECT_THAT(seen.upstreams(), ElementsAre(kUnicom));
  EXPECT_DOUBLE_EQ(seen.unknown_share(Estimand::flow), 0.5);
}

TEST(ShareTally, EffectiveUpstreamsOfSixtyToForty) {
  EXPECT_DOUBLE_EQ(ShareTally{}.effective_upstreams(Estimand::flow), 0);
  std::vector<inference::Path> paths;
  for (std::uint16_t flow = 0; flow < 10; ++flow) paths.push_back(path(0, 1, flow, flow < 6 ? kTtk : kUnicom));
  EXPECT_NEAR(tally(paths).effective_upstreams(Estimand::flow), 1.92, 0.01);
  EXPECT_NEAR(tally(paths).effective_upstreams(Estimand::vantage), 1.92, 0.01);
}

TEST(ShareTally, ConfidenceAndUnitsFollowWhatIsTakenAway) {
  const ShareTally weak = tally({path(0, 1, 0, kTtk, Confidence::b)});
  const ShareTally strong = tally({path(0, 1, 0, kTtk, Confidence::b), path(0, 1, 1, kTtk, Confidence::a)});
  ShareTally whole;
  EXPECT_EQ(whole.confidence(kTtk), Confidence::c);
  whole.add(weak);
  EXPECT_EQ(whole.confidence(kTtk), Confidence::b);
  whole.add(strong);
  EXPECT_EQ(whole.confidence(kTtk), Confidence::a);
  EXPECT_EQ(whole.units(kTtk), 2U);
  whole.subtract(strong);
  EXPECT_EQ(whole.confidence(kTtk), Confidence::b);
  EXPECT_EQ(whole.units(kTtk), 1U);
}

TEST(ShareTally, WhatIsTakenAwayLeavesNothingBehind) {
  // Thirds, sevenths and seventeenths, which no binary fraction holds.
  std::vector<ShareTally> parts;
  for (const int flows : {3, 7, 17}) {
    std::vector<inference::Path> paths;
    for (std::uint16_t flow = 0; flow < flows; ++flow)
      paths.push_back(path(flow % 3U, 1, flow, flow == 1 ? kTtk : kUnicom));
    parts.push_back(tally(paths));
  }
  ShareTally sum;
  for (int i = 0; i < 1000; ++i) {
    for (const ShareTally& part : parts) sum.add(part);
  }
  for (int i = 0; i < 1000; ++i) {
    for (const ShareTally& part : parts) sum.subtract(part);
  }
  EXPECT_THAT(sum.upstreams(), IsEmpty());
  for (const Estimand estimand : {Estimand::vantage, Estimand::address, Estimand::flow}) {
    EXPECT_EQ(sum.all(estimand), 0);
    EXPECT_THAT(sum.witnesses(estimand, kTtk), IsEmpty());
    EXPECT_EQ(sum.unknown_share(estimand), 1);
  }
}

}  // namespace
}  // namespace isthmus::resilience
