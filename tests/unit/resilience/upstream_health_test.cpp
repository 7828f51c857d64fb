#include "resilience/upstream_health.hpp"

#include <gmock/gmock.h>

#include <random>

namespace isthmus::resilience {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Asn kUnicom{4837};
constexpr Asn kTransTeleCom{20485};
constexpr Asn kGermany{680};
constexpr Asn kJapan{2497};

class UpstreamHealthTest : public testing::Test {
 protected:
  // Ten probes, of which every so-many-th is lost.
  void probe(Asn upstream, Asn network, int lost_of_ten, milliseconds rtt = milliseconds(100)) {
    for (int i = 0; i < 10; ++i) {
      const bool lost = i < lost_of_ten;
      health_.handle_probe(upstream, network, lost ? std::nullopt : std::optional<Duration>(rtt), milliseconds(100));
    }
  }
  void calm_rounds(int count) {
    for (int i = 0; i < count; ++i) {
      for (const Asn network : {kGermany, kJapan}) {
        for (const Asn upstream : {kUnicom, kTransTeleCom}) probe(upstream, network, 0);
      }
      EXPECT_THAT(health_.end_round(), IsEmpty());
    }
  }
  UpstreamHealth health_;
};

TEST_F(UpstreamHealthTest, LossOnOneUpstreamNamesItAndItAlone) {
  calm_rounds(20);
  std::vector<UpstreamHealth::Strain> told;
  for (int i = 0; i < 3 && told.empty(); ++i) {
    for (const Asn network : {kGermany, kJapan}) {
      probe(kUnicom, network, 6, milliseconds(180));
      probe(kTransTeleCom, network, 0);
    }
    told = health_.end_round();
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].upstream, kUnicom);
  EXPECT_TRUE(told[0].begins);
  EXPECT_GT(told[0].loss, 0.08);
  EXPECT_EQ(told[0].usual_loss, 0);
  EXPECT_GT(told[0].slower, milliseconds(5));
  EXPECT_THAT(told[0].networks, ElementsAre(kGermany, kJapan));
  EXPECT_TRUE(health_.is_strained(kUnicom));
  EXPECT_FALSE(health_.is_strained(kTransTeleCom));
}

TEST_F(UpstreamHealthTest, LossThatOneVantagePointAloneSeesIsItsOwn) {
  calm_rounds(20);
  for (int i = 0; i < 30; ++i) {
    probe(kUnicom, kGermany, 7);
    probe(kUnicom, kJapan, 0);
    EXPECT_THAT(health_.end_round(), IsEmpty());
  }
}

TEST_F(UpstreamHealthTest, ALineThatAlwaysLosesIsAsUsual) {
  for (int i = 0; i < 200; ++i) {
    for (const Asn network : {kGermany, kJapan}) probe(kUnicom, network, i < 100 ? i / 34 : 3);
    EXPECT_THAT(health_.end_round(), IsEmpty()) << i;
  }
}

TEST_F(UpstreamHealthTest, SoIsOneThatLosesFromTheFirstProbeOn) {
  for (int i = 0; i < 60; ++i) {
    for (const Asn network : {kGermany, kJapan}) probe(kUnicom, network, 4);
    EXPECT_THAT(health_.end_round(), IsEmpty()) << i;
  }
}

TEST_F(UpstreamHealthTest, ItIsOverWhenItStaysOver) {
  calm_rounds(20);
  for (int i = 0; i < 6; ++i) {
    for (const Asn network : {kGermany, kJapan}) probe(kUnicom, network, 6);
    static_cast<void>(health_.end_round());
  }
  ASSERT_TRUE(health_.is_strained(kUnicom));
  int rounds = 0;
  std::vector<UpstreamHealth::Strain> told;
  for (; rounds < 60 && told.empty(); ++rounds) {
    for (const Asn network : {kGermany, kJapan}) probe(kUnicom, network, 0);
    told = health_.end_round();
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].begins);
  EXPECT_GE(rounds, 12);
  EXPECT_FALSE(health_.is_strained(kUnicom));
}

TEST_F(UpstreamHealthTest, AWindowThatHasJustBegunSaysNothing) {
  // After an outage the first to be asked sees a burst of loss, while the other has not been asked at all; then all is
  // well.
  calm_rounds(20);
  health_.forget_window();
  probe(kUnicom, kGermany, 10);
  EXPECT_THAT(health_.end_round(), IsEmpty());
  for (int i = 0; i < 30; ++i) {
    for (int k = 0; k < 3; ++k) probe(kUnicom, kGermany, 0);
    probe(kUnicom, kJapan, 0);
    EXPECT_THAT(health_.end_round(), IsEmpty()) << i;
  }
}

TEST_F(UpstreamHealthTest, LossThatGoesOnIsToldAsSoonAsTheWindowIsOldEnough) {
  calm_rounds(20);
  health_.forget_window();
  for (std::size_t round = 1; round <= UpstreamHealth::kLeastRounds; ++round) {
    for (const Asn network : {kGermany, kJapan}) probe(kUnicom, network, 6);
    EXPECT_EQ(health_.end_round().size(), round == UpstreamHealth::kLeastRounds ? 1U : 0U) << round;
  }
}

TEST_F(UpstreamHealthTest, ADayOfEverydayLossFromTenNetworksIsQuiet) {
  std::mt19937 random(7);
  std::bernoulli_distribution lost(0.02);
  for (int round = 0; round < 8640; ++round) {
    for (std::uint32_t network = 1; network <= 10; ++network) {
      for (int i = 0; i < 4; ++i) {
        health_.handle_probe(kUnicom, Asn{network},
                             lost(random) ? std::nullopt : std::optional<Duration>(milliseconds(100)),
                             milliseconds(100));
      }
    }
    ASSERT_THAT(health_.end_round(), IsEmpty()) << round;
  }
}

}  // namespace
}  // namespace isthmus::resilience
