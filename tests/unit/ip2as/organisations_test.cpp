// Which ASes are one organisation.

#include "isthmus/ip2as/organisations.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace isthmus::ip2as {
namespace {

TEST(Organisations, SiblingsAreTheSame) {
  OrganisationsBuilder builder;
  builder.add(Asn{64500}, "EX-ARIN", "Example, Inc.");
  builder.add(Asn{64497}, "OTHER-RIPE", "Other B.V.");
  builder.add(Asn{64496}, "EX-ARIN", "");
  const Organisations known = std::move(builder).build();
  EXPECT_TRUE(known.same(Asn{64500}, Asn{64496}));
  EXPECT_FALSE(known.same(Asn{64500}, Asn{64497}));
  const auto siblings = known.siblings(Asn{64500});
  EXPECT_EQ(std::vector<Asn>(siblings.begin(), siblings.end()), (std::vector<Asn>{Asn{64496}, Asn{64500}}));
  EXPECT_EQ(known.name_of(Asn{64496}), "Example, Inc.");
  EXPECT_EQ(known.as_count(), 3u);
}

TEST(Organisations, TheUnknownAreNobodysSiblings) {
  OrganisationsBuilder builder;
  builder.add(Asn{64500}, "EX-ARIN", "Example, Inc.");
  builder.add(Asn{64501}, "", "No id");
  builder.add(Asn{}, "EX-ARIN", "");
  const Organisations known = std::move(builder).build();
  EXPECT_TRUE(known.same(Asn{64502}, Asn{64502}));
  EXPECT_FALSE(known.same(Asn{64502}, Asn{64503}));
  EXPECT_FALSE(known.same(Asn{}, Asn{}));
  EXPECT_FALSE(known.same(Asn{64500}, Asn{64501}));
  EXPECT_TRUE(known.siblings(Asn{64501}).empty());
  EXPECT_EQ(known.siblings(Asn{64500}).size(), 1u);
  EXPECT_EQ(known.name_of(Asn{64501}), "");
  EXPECT_EQ(Organisations().name_of(Asn{64500}), "");
}

TEST(Organisations, TheFirstSourceStandsAndLaterOnesNameWhatItDidNot) {
  OrganisationsBuilder builder;
  builder.add(Asn{64500}, "A", "");
  builder.add(Asn{64500}, "B", "B's name");
  builder.add(Asn{64501}, "A", "A's \xFF name");
  builder.add(Asn{64502}, "A", "late");
  const Organisations known = std::move(builder).build();
  EXPECT_TRUE(known.same(Asn{64500}, Asn{64501}));
  EXPECT_EQ(known.name_of(Asn{64500}), "A's \xEF\xBF\xBD name");
}

}  // namespace
}  // namespace isthmus::ip2as
