// What relationships and exchanges add to a path: Unicom and TransTeleCom sell transit to the target, AT&T peers with
// both, Sprint sells transit to TransTeleCom alone.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "unit/inference/trace_builder.hpp"

namespace isthmus::inference {
namespace {

using testing::ip;
using testing::trace;

constexpr Asn kAtt{7018};
constexpr Asn kSprint{1239};
constexpr Asn kUnicom{4837};
constexpr Asn kTtk{20485};
constexpr Asn kTarget{131279};

std::shared_ptr<const ip2as::NetworkData> charted() {
  auto data = testing::prefixes_only();
  ip2as::RelationshipsBuilder relationships;
  relationships.add_transit(kUnicom, kTarget);
  relationships.add_transit(kTtk, kTarget);
  relationships.add_transit(kSprint, kTtk);
  relationships.add_peering(kAtt, kUnicom);
  data->relationships = std::move(relationships).build();
  ip2as::ExchangesBuilder exchanges;
  const std::uint32_t lan = exchanges.add_exchange("Example-IX");
  exchanges.add_lan(lan, Prefix::parse("80.81.192.0/24").value(), false);
  exchanges.add_port(lan, ip("80.81.192.1"), kTtk);
  exchanges.add_port(lan, ip("80.81.192.2"), kTarget);
  data->exchanges = std::move(exchanges).build();
  return data;
}

LastHop infer(const Trace& seen) {
  PathMap map(charted(), PathMap::Keep::conclusions);
  return map.update(seen, map.add_target(testing::uncharted())).path->last_hop;
}

TEST(KnownNetworks, ABorderThatAnswersFromAnotherProvidersSpaceIsSeenThrough) {
  // Unicom and TransTeleCom have nothing to do with each other: the last address is the target's own border.
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.1 219.158.3.2 188.43.225.158 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.rule, Rule::third_party);
}

TEST(KnownNetworks, AMembersPortOnAnExchangeNamesTheMember) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 80.81.192.1 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_EQ(hop.rule, Rule::exchange_member);
}

TEST(KnownNetworks, TheTargetsOwnPortNamesTheNetworkBeforeIt) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 80.81.192.2 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.rule, Rule::exchange_port);
}

TEST(KnownNetworks, APortThatNobodyListsIsToldByItsSides) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 80.81.192.77 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.rule, Rule::exchange_sides);
}

TEST(KnownNetworks, TheOnlyLinkBetweenTheLastNetworkAndTheTargetStayedHidden) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 144.232.4.2 * 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_EQ(hop.rule, Rule::hidden);
}

TEST(KnownNetworks, AProviderIsSurerThanAStranger) {
  const LastHop provider = infer(trace("12.0.1.1 219.158.3.1 219.158.3.2 175.45.176.71"));
  const LastHop stranger = infer(trace("219.158.3.1 12.0.1.1 12.0.1.2 * * 175.45.176.71"));
  EXPECT_EQ(provider.confidence, Confidence::a);
  EXPECT_GT(provider.probability, stranger.probability);
}

TEST(KnownNetworks, WhoStandsBeforeAnUnmappedRouterIsRememberedWhileThatOneIsSilent) {
  PathMap map(charted(), PathMap::Keep::conclusions);
  const TargetId target = map.add_target(testing::uncharted());
  map.update(trace("12.0.1.1 219.158.3.2 103.35.255.254 175.45.176.71", {.flow = 1}), target);
  map.update(trace("12.0.1.1 219.158.3.2 103.35.255.254 175.45.176.71", {.flow = 2}), target);
  const auto third = map.update(trace("12.0.1.1 * 103.35.255.254 175.45.176.71", {.flow = 3}), target);
  EXPECT_EQ(third.path->last_hop.upstream, kUnicom);
}

}  // namespace
}  // namespace isthmus::inference
