// Every rate of the settings comes out: of what could have the property, about as many have it as the rate says.

#include <gtest/gtest.h>

#include <algorithm>

#include "support/internet/internet.hpp"

namespace isthmus::testing::internet {
namespace {

// Several internets together, so that a few dozen cases of anything come together.
class Rates : public ::testing::Test {
 protected:
  struct Tally {
    std::size_t with{0};
    std::size_t all{0};
    void add(bool has) {
      with += has ? 1 : 0;
      ++all;
    }
    [[nodiscard]] double share() const { return static_cast<double>(with) / static_cast<double>(all); }
  };

  template <typename Count>
  static Tally over_seeds(const Count& count) {
    Tally tally;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Internet internet(Settings{.seed = seed});
      count(internet, tally);
    }
    return tally;
  }
  // Within a fifth of the rate, and enough of them to say so.
  static void expect_rate(const Tally& tally, double rate, double tolerance = 0.2) {
    EXPECT_GT(tally.with, 20U);
    EXPECT_NEAR(tally.share(), rate, rate * tolerance) << tally.with << " of " << tally.all;
  }
  static std::size_t providers_of(const Internet& internet, AsIndex as) {
    return static_cast<std::size_t>(
        std::ranges::count(internet.graph().ases[as].neighbours, Role::provider, &Neighbour::role));
  }
};

TEST_F(Rates, StubsAreMostlyMultiHomed) {
  const GraphSettings rates;
  expect_rate(over_seeds([](const Internet& internet, Tally& tally) {
                for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
                  if (internet.graph().ases[as].tier == Tier::stub) tally.add(providers_of(internet, as) == 1);
                }
              }),
              rates.single_homed_stub);
}

TEST_F(Rates, SomeAsesShareAnOrganisation) {
  expect_rate(over_seeds([](const Internet& internet, Tally& tally) {
                std::vector<std::size_t> members(internet.graph().ases.size());
                for (const As& as : internet.graph().ases) ++members[as.organisation];
                for (const As& as : internet.graph().ases) tally.add(members[as.organisation] > 1);
              }),
              GraphSettings{}.sibling_share);
}

TEST_F(Rates, LinksBetweenAsesAreNumberedAsTheSettingsSay) {
  const AddressSettings rates;
  const auto share_of = [](Numbering numbering) {
    return over_seeds([numbering](const Internet& internet, Tally& tally) {
      for (std::size_t i = 0; i < internet.topology().links().size(); ++i) {
        const Crossing& crossing = internet.graph().crossings[i];
        const bool transit = internet.graph().adjacencies[crossing.adjacency].contract == Contract::transit;
        if (crossing.exchange == kNone && transit) tally.add(internet.topology().links()[i].numbering == numbering);
      }
    });
  };
  expect_rate(share_of(Numbering::customer), rates.link_from_customer);
  expect_rate(share_of(Numbering::unannounced), rates.link_unannounced);
  expect_rate(share_of(Numbering::unregistered), rates.link_unregistered);
  expect_rate(share_of(Numbering::special), rates.link_private);
}

TEST_F(Rates, TheTwoEndsOfALinkAreMatesOfASlash30OrSlash31) {
  Tally narrow;
  const Internet internet(Settings{.seed = 1});
  for (const Link& link : internet.topology().links()) {
    if (link.numbering == Numbering::exchange) continue;
    ASSERT_EQ(link.address_b - link.address_a, 1U);
    const bool slash31 = link.address_a % 2 == 0;
    EXPECT_TRUE(slash31 || link.address_a % 4 == 1);
    narrow.add(slash31);
  }
  expect_rate(narrow, AddressSettings{}.slash31);
}

TEST_F(Rates, NoAddressIsGivenOutTwice) {
  const Internet internet(Settings{.seed = 1});
  std::vector<std::uint32_t> all;
  for (const Link& link : internet.topology().links()) {
    if (link.numbering != Numbering::exchange) all.insert(all.end(), {link.address_a, link.address_b});
  }
  for (std::uint32_t i = 0; i < internet.graph().exchanges.size(); ++i) {
    for (const Port& port : internet.topology().ports_of(i)) all.push_back(port.address);
  }
  for (RouterId router = 0; router < internet.topology().routers().size(); ++router) {
    all.push_back(internet.topology().routers()[router].loopback);
    for (const Wire& wire : internet.topology().wires_of(router)) all.push_back(wire.own);
  }
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

TEST_F(Rates, RoutersAreSilentOrAnswerWithOtherAddressesAsOftenAsTheSettingsSay) {
  const ReplySettings rates;
  const auto share_of = [](auto has) {
    return over_seeds([&has](const Internet& internet, Tally& tally) {
      for (RouterId router = 0; router < internet.topology().routers().size(); ++router) {
        tally.add(has(internet.habits().of(router)));
      }
    });
  };
  expect_rate(share_of([](const RouterHabits& h) { return h.with == AnswersWith::towards_source; }),
              rates.answers_towards_source);
  expect_rate(share_of([](const RouterHabits& h) { return h.with == AnswersWith::forward; }), rates.answers_forward);
  expect_rate(share_of([](const RouterHabits& h) { return h.with == AnswersWith::loopback; }), rates.answers_loopback);
  expect_rate(share_of([](const RouterHabits& h) { return h.limited; }), rates.rate_limited);
  expect_rate(share_of([](const RouterHabits& h) { return h.zero_ttl; }), rates.zero_ttl, 0.4);
  const double silent = share_of([](const RouterHabits& h) { return h.silent; }).share();
  EXPECT_GT(silent, rates.silent_router);
  EXPECT_LT(silent, rates.silent_border + rates.silent_as);
}

TEST_F(Rates, BordersOfStubsAreShutAsOftenAsTheSettingsSay) {
  const EdgeSettings rates;
  const auto share_of = [](Edge edge) {
    return over_seeds([edge](const Internet& internet, Tally& tally) {
      for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
        if (internet.graph().ases[as].tier == Tier::stub) tally.add(internet.habits().edge(as) == edge);
      }
    });
  };
  expect_rate(share_of(Edge::drops_inside), rates.drops_inside);
  expect_rate(share_of(Edge::drops_all), rates.drops_all);
  expect_rate(share_of(Edge::prohibits), rates.prohibits);
  expect_rate(share_of(Edge::provider_prohibits), rates.provider_prohibits, 0.3);
}

TEST_F(Rates, CarriersTunnelAsOftenAsTheSettingsSay) {
  const RouterSettings rates;
  const auto share_of = [](auto is) {
    return over_seeds([&is](const Internet& internet, Tally& tally) {
      for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
        if (internet.graph().ases[as].tier != Tier::stub) tally.add(is(internet.habits().tunnels(as)));
      }
    });
  };
  expect_rate(share_of([](Tunnels t) { return t != Tunnels::none; }), rates.mpls);
  expect_rate(share_of([](Tunnels t) { return t == Tunnels::explicit_labels; }), rates.mpls * rates.mpls_explicit);
  expect_rate(share_of([](Tunnels t) { return t == Tunnels::invisible; }), rates.mpls * rates.mpls_invisible);
  expect_rate(share_of([](Tunnels t) { return t == Tunnels::implicit; }), rates.mpls * rates.mpls_implicit, 0.35);
}

TEST_F(Rates, StubsUseProviderSpaceAndAreOriginatedTwiceAsOftenAsTheSettingsSay) {
  const AddressSettings rates;
  const auto share_of = [](auto has) {
    return over_seeds([&has](const Internet& internet, Tally& tally) {
      for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
        const auto blocks = internet.announcements().blocks_of(as);
        if (internet.graph().ases[as].tier != Tier::stub || blocks.empty()) continue;
        tally.add(std::ranges::any_of(blocks, [&](const Block24& block) { return has(block.traits); }));
      }
    });
  };
  expect_rate(share_of([](const BlockTraits& t) { return t.provider_space; }), rates.provider_space_stub);
  expect_rate(share_of([](const BlockTraits& t) { return t.holder_silent; }),
              rates.provider_space_stub * (1 - rates.provider_space_announced));
  expect_rate(share_of([](const BlockTraits& t) { return t.dual_origin; }), rates.dual_origin, 0.3);
  expect_rate(share_of([](const BlockTraits& t) { return t.leased; }), rates.leased, 0.3);
}

TEST_F(Rates, CarriersGiveBlocksToCustomersWithoutANumber) {
  expect_rate(over_seeds([](const Internet& internet, Tally& tally) {
                for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
                  if (internet.graph().ases[as].tier == Tier::stub) continue;
                  for (const Block24& block : internet.announcements().blocks_of(as)) {
                    tally.add(block.traits.sub_allocated);
                    const RouterId router = internet.topology().customer_router(block.network);
                    EXPECT_EQ(router != kNone, block.traits.sub_allocated);
                  }
                }
              }),
              AddressSettings{}.sub_allocated);
}

TEST_F(Rates, MultiHomedAsesSteerTraffic) {
  const PolicySettings rates;
  const auto share_of = [](auto has) {
    return over_seeds([&has](const Internet& internet, Tally& tally) {
      for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
        if (providers_of(internet, as) < 2) continue;
        tally.add(std::ranges::any_of(internet.announcements().all()[as].rules, has));
      }
    });
  };
  expect_rate(share_of([](const ExportRule& rule) { return rule.backup; }), rates.backup);
  expect_rate(share_of([](const ExportRule& rule) { return rule.prepend > 0; }), rates.prepend * (1 - rates.backup));
  expect_rate(over_seeds([](const Internet& internet, Tally& tally) {
                for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
                  const auto blocks = internet.announcements().blocks_of(as);
                  if (providers_of(internet, as) < 2 || blocks.size() < 8) continue;
                  tally.add(std::ranges::any_of(blocks, [](const Block24& b) { return b.traits.selective; }));
                }
              }),
              rates.selective);
}

}  // namespace
}  // namespace isthmus::testing::internet
