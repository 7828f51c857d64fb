// Who sells transit to whom: what neighbours are to each other, contradictions, and cones in every odd graph.

#include "isthmus/ip2as/relationships.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace isthmus::ip2as {
namespace {

std::vector<std::uint32_t> numbers(std::span<const Asn> asns) {
  std::vector<std::uint32_t> plain;
  for (const Asn asn : asns) plain.push_back(asn.number);
  return plain;
}

using List = std::vector<std::uint32_t>;

TEST(Relationships, NothingIsKnownOfNobody) {
  const Relationships nothing;
  EXPECT_TRUE(nothing.empty());
  EXPECT_EQ(nothing.between(Asn{1}, Asn{2}), Relation::none);
  EXPECT_TRUE(nothing.providers(Asn{1}).empty());
  EXPECT_EQ(nothing.cone_size(Asn{1}), 1u);
  EXPECT_TRUE(nothing.in_cone(Asn{1}, Asn{1}));
  EXPECT_FALSE(nothing.in_cone(Asn{1}, Asn{2}));
}

TEST(Relationships, SaysWhatTheOtherIs) {
  RelationshipsBuilder builder;
  EXPECT_TRUE(builder.add_transit(Asn{64500}, Asn{64496}));
  EXPECT_TRUE(builder.add_transit(Asn{64497}, Asn{64501}));
  EXPECT_TRUE(builder.add_peering(Asn{64500}, Asn{64497}));
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(known.between(Asn{64496}, Asn{64500}), Relation::provider);
  EXPECT_EQ(known.between(Asn{64500}, Asn{64496}), Relation::customer);
  EXPECT_EQ(known.between(Asn{64497}, Asn{64501}), Relation::customer);
  EXPECT_EQ(known.between(Asn{64501}, Asn{64497}), Relation::provider);
  EXPECT_EQ(known.between(Asn{64500}, Asn{64497}), Relation::peer);
  EXPECT_EQ(known.between(Asn{64497}, Asn{64500}), Relation::peer);
  EXPECT_EQ(known.between(Asn{64496}, Asn{64497}), Relation::none);
  EXPECT_EQ(known.between(Asn{}, Asn{64497}), Relation::none);
  EXPECT_EQ(known.between(Asn{64497}, Asn{}), Relation::none);
  EXPECT_EQ(known.link_count(), 3u);
  EXPECT_FALSE(known.empty());
}

TEST(Relationships, ListsNeighboursAscending) {
  RelationshipsBuilder builder;
  for (const std::uint32_t customer : {64510U, 64498U, 4294967294U, 64505U}) {
    builder.add_transit(Asn{64500}, Asn{customer});
  }
  builder.add_transit(Asn{64511}, Asn{64500});
  builder.add_transit(Asn{64496}, Asn{64500});
  builder.add_peering(Asn{64499}, Asn{64500});
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(numbers(known.customers(Asn{64500})), (List{64498, 64505, 64510, 4294967294}));
  EXPECT_EQ(numbers(known.providers(Asn{64500})), (List{64496, 64511}));
  EXPECT_EQ(numbers(known.peers(Asn{64500})), (List{64499}));
  EXPECT_EQ(numbers(known.peers(Asn{64499})), (List{64500}));
  EXPECT_TRUE(known.customers(Asn{64498}).empty());
}

TEST(Relationships, OfContradictoryRecordsTheFirstStands) {
  RelationshipsBuilder builder;
  EXPECT_TRUE(builder.add_transit(Asn{64500}, Asn{64496}));
  EXPECT_TRUE(builder.add_transit(Asn{64500}, Asn{64496})) << "the same again is no contradiction";
  EXPECT_FALSE(builder.add_transit(Asn{64496}, Asn{64500}));
  EXPECT_FALSE(builder.add_peering(Asn{64496}, Asn{64500}));
  EXPECT_TRUE(builder.add_peering(Asn{64497}, Asn{64498}));
  EXPECT_TRUE(builder.add_peering(Asn{64498}, Asn{64497}));
  EXPECT_FALSE(builder.add_transit(Asn{64497}, Asn{64498}));
  EXPECT_FALSE(builder.add_transit(Asn{64499}, Asn{64499}));
  EXPECT_FALSE(builder.add_peering(Asn{}, Asn{64499}));
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(known.between(Asn{64496}, Asn{64500}), Relation::provider);
  EXPECT_EQ(known.between(Asn{64497}, Asn{64498}), Relation::peer);
  EXPECT_EQ(known.refused_count(), 5u);
  EXPECT_EQ(known.link_count(), 2u);
}

TEST(CustomerCones, FollowTransitAndNotPeering) {
  RelationshipsBuilder builder;
  builder.add_transit(Asn{1}, Asn{2});
  builder.add_transit(Asn{2}, Asn{4});
  builder.add_transit(Asn{3}, Asn{4});
  builder.add_transit(Asn{1}, Asn{4});
  builder.add_peering(Asn{1}, Asn{3});
  builder.add_transit(Asn{3}, Asn{5});
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(known.cone_size(Asn{1}), 3u);
  EXPECT_TRUE(known.in_cone(Asn{1}, Asn{4}));
  EXPECT_FALSE(known.in_cone(Asn{1}, Asn{3}));
  EXPECT_FALSE(known.in_cone(Asn{1}, Asn{5}));
  EXPECT_EQ(known.cone_size(Asn{3}), 3u);
  EXPECT_EQ(known.cone_size(Asn{4}), 1u);
  EXPECT_EQ(known.cut_cones(), 0u);
}

TEST(CustomerCones, MembersOfACycleShareOne) {
  RelationshipsBuilder builder;
  builder.add_transit(Asn{1}, Asn{2});
  builder.add_transit(Asn{2}, Asn{3});
  builder.add_transit(Asn{3}, Asn{1});
  builder.add_transit(Asn{3}, Asn{4});
  builder.add_transit(Asn{5}, Asn{1});
  const Relationships known = std::move(builder).build();
  for (const std::uint32_t asn : {1U, 2U, 3U}) {
    EXPECT_EQ(known.cone_size(Asn{asn}), 4u) << asn;
    EXPECT_TRUE(known.in_cone(Asn{asn}, Asn{4})) << asn;
    EXPECT_FALSE(known.in_cone(Asn{asn}, Asn{5})) << asn;
  }
  EXPECT_EQ(known.cone_size(Asn{5}), 5u);
}

TEST(CustomerCones, AGivenOneStandsAndCountsAboveIt) {
  RelationshipsBuilder builder;
  builder.add_transit(Asn{1}, Asn{2});
  builder.add_transit(Asn{2}, Asn{3});
  builder.add_cone(Asn{2}, std::vector<Asn>{Asn{7}, Asn{2}, Asn{7}});
  builder.add_cone(Asn{2}, std::vector<Asn>{Asn{8}});
  builder.add_cone(Asn{9}, {});
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(known.cone_size(Asn{2}), 2u);
  EXPECT_TRUE(known.in_cone(Asn{2}, Asn{7}));
  EXPECT_FALSE(known.in_cone(Asn{2}, Asn{3}));
  EXPECT_FALSE(known.in_cone(Asn{2}, Asn{8}));
  EXPECT_EQ(known.cone_size(Asn{1}), 3u) << "itself and the cone given for its customer";
  EXPECT_TRUE(known.in_cone(Asn{1}, Asn{7}));
  EXPECT_EQ(known.cone_size(Asn{9}), 1u);
}

TEST(CustomerCones, AgreeWithASearchOnRandomGraphs) {
  std::mt19937 generator(4);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(generator() % limit); };
  for (int round = 0; round < 60; ++round) {
    const std::uint32_t size = 2 + below(30);
    const std::uint32_t links = below(3 * size);
    RelationshipsBuilder builder;
    std::map<std::uint32_t, std::set<std::uint32_t>> customers;
    for (std::uint32_t link = 0; link < links; ++link) {
      const std::uint32_t provider = 1 + below(size);
      const std::uint32_t customer = 1 + below(size);
      if (builder.add_transit(Asn{provider}, Asn{customer})) customers[provider].insert(customer);
    }
    const Relationships known = std::move(builder).build();
    for (std::uint32_t start = 1; start <= size; ++start) {
      std::set<std::uint32_t> reached{start};
      std::vector<std::uint32_t> open{start};
      while (!open.empty()) {
        const std::uint32_t at = open.back();
        open.pop_back();
        for (const std::uint32_t next : customers[at]) {
          if (reached.insert(next).second) open.push_back(next);
        }
      }
      ASSERT_EQ(known.cone_size(Asn{start}), reached.size()) << "round " << round << ", AS" << start;
      for (std::uint32_t other = 1; other <= size; ++other) {
        ASSERT_EQ(known.in_cone(Asn{start}, Asn{other}), reached.contains(other)) << "round " << round;
      }
    }
  }
}

TEST(CustomerCones, AChainTooLongForMemoryIsCutAndSaysSo) {
  constexpr std::uint32_t kLength = 70000;  // All cones together would be 2.4 thousand million entries.
  RelationshipsBuilder builder;
  for (std::uint32_t asn = 1; asn < kLength; ++asn) builder.add_transit(Asn{asn}, Asn{asn + 1});
  const Relationships known = std::move(builder).build();
  EXPECT_GT(known.cut_cones(), 50000u);
  EXPECT_EQ(known.cone_size(Asn{kLength - 1000}), 1001u);
  EXPECT_EQ(known.cone_size(Asn{1}), 2u);
}

TEST(CustomerCones, LayersThatAllServeEachOtherEnd) {
  // 40 layers of 40: every cone is all that lies below, each reached through every AS of every layer.
  RelationshipsBuilder builder;
  for (std::uint32_t layer = 0; layer < 39; ++layer) {
    for (std::uint32_t a = 1; a <= 40; ++a) {
      for (std::uint32_t b = 1; b <= 40; ++b) builder.add_transit(Asn{layer * 40 + a}, Asn{(layer + 1) * 40 + b});
    }
  }
  const Relationships known = std::move(builder).build();
  EXPECT_EQ(known.cone_size(Asn{1}), 39u * 40 + 1);
  EXPECT_EQ(known.cut_cones(), 0u);
}

}  // namespace
}  // namespace isthmus::ip2as
