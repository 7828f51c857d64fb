// The public data is mostly right, and wrong where public data is wrong.

#include "support/internet/data_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace isthmus::testing::internet {
namespace {

TEST(DataSet, MostPrefixesMapToWhomeverAnnouncesThem) {
  const Internet internet(Settings{.seed = 1});
  const DataSet set = make_data_set(internet);
  std::size_t right = 0;
  std::size_t wrong = 0;
  for (const Route& route : internet.announcements().routes()) {
    const auto origin = set.data->prefixes.lookup(export_address(route.first, Family::ipv4));
    const auto& origins = internet.announcements().all()[route.announcement].origins;
    const bool is_right =
        origin && std::ranges::any_of(origins, [&](AsIndex as) { return internet.asn(as) == origin->asn; });
    ++(is_right ? right : wrong);
  }
  EXPECT_GT(wrong, 0U);
  EXPECT_LT(wrong * 50, right) << "more than one in fifty is wrong";
}

TEST(DataSet, CollectorsSeeNearlyAllTransitAndFewPeerings) {
  const Internet internet(Settings{.seed = 2});
  const std::vector<bool> seen = links_seen_by_collectors(internet);
  std::map<Contract, std::pair<std::size_t, std::size_t>> counts;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    auto& [visible, all] = counts[internet.graph().adjacencies[i].contract];
    visible += seen[i] ? 1 : 0;
    ++all;
  }
  const auto share = [&](Contract contract) {
    return static_cast<double>(counts[contract].first) / static_cast<double>(counts[contract].second);
  };
  EXPECT_GT(share(Contract::transit), 0.90);
  EXPECT_LT(share(Contract::transit), 0.99) << "no backup link is hidden";
  EXPECT_LT(share(Contract::peering), 0.60);
  EXPECT_GT(share(Contract::peering), 0.10);
}

TEST(DataSet, InferredRelationshipsAreRightAboutAsOftenAsPublished) {
  const Internet internet(Settings{.seed = 3});
  const DataSet set = make_data_set(internet);
  std::size_t wrong = 0;
  std::size_t all = 0;
  for (const Adjacency& adjacency : internet.graph().adjacencies) {
    if (adjacency.contract == Contract::sibling) continue;
    const Asn a = internet.asn(adjacency.a);
    const Asn b = internet.asn(adjacency.b);
    const auto said = set.data->relationships.between(a, b);
    if (said == ip2as::Relation::none) continue;
    const auto truth = adjacency.contract == Contract::transit ? ip2as::Relation::customer : ip2as::Relation::peer;
    wrong += said == truth ? 0 : 1;
    ++all;
  }
  EXPECT_GT(all, 3000U);
  EXPECT_GT(wrong, 0U);
  EXPECT_LT(wrong * 50, all);
}

TEST(DataSet, SomeSiblingsExchangesAndPortsAreMissing) {
  const Internet internet(Settings{.seed = 4});
  const DataSet set = make_data_set(internet);
  std::size_t together = 0;
  std::size_t apart = 0;
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
    const AsIndex lead = internet.graph().ases[as].organisation;
    if (lead == as) continue;
    ++(set.data->organisations.same(internet.asn(as), internet.asn(lead)) ? together : apart);
  }
  EXPECT_GT(together, apart);
  EXPECT_GT(apart, 0U);
  std::size_t listed = 0;
  std::size_t unlisted = 0;
  std::size_t off_list = 0;
  for (std::uint32_t i = 0; i < internet.graph().exchanges.size(); ++i) {
    for (const Port& port : internet.topology().ports_of(i)) {
      const auto found = set.data->exchanges.lookup(export_address(port.address, Family::ipv4));
      ++(!found ? off_list : found->member.is_none() ? unlisted : listed);
    }
  }
  EXPECT_GT(listed, 4 * unlisted);
  EXPECT_GT(unlisted, 0U);
  EXPECT_GT(listed, off_list);
}

}  // namespace
}  // namespace isthmus::testing::internet
