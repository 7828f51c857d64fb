// When the core has everybody ping a block at once, instead of waiting for rounds that are long.

#include <gmock/gmock.h>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CoreRequestsTest : public CoreTest {
 protected:
  CoreRequestsTest() { begin(true); }
  void begin(bool rotate) {
    CoreSettings all = settings(4, 2);
    all.ping_interval = std::chrono::minutes(10);
    all.pings_rotate = rotate;
    start(all);
    for (int i = 0; i < 6; ++i) {
      for (std::size_t v = 0; v < 4; ++v) look(v, true);
      now_ += std::chrono::minutes(10);
    }
    static_cast<void>(requests());
  }
  /// A vantage point asks the first block six times if need be, and a control.
  void look(std::size_t v, bool answers) {
    for (int probes = answers ? 1 : 6; probes > 0; --probes) {
      ping(v, "example", host(0), answers);
      now_ += std::chrono::seconds(3);
    }
    control(v);
    core_->handle_tick(now_);
  }
  std::vector<PingRequest> requests() {
    std::vector<PingRequest> all;
    while (auto request = core_->poll_ping_request()) all.push_back(*request);
    return all;
  }
  const PingRequest wanted_{"example", Block::of(host(0)), std::nullopt};
};

TEST_F(CoreRequestsTest, OneThatMissesABlockIsNoReasonTwoAre) {
  look(0, false);
  EXPECT_THAT(requests(), IsEmpty()) << "that happens all the time";
  look(1, false);
  EXPECT_THAT(requests(), ElementsAre(wanted_));
  look(2, false);
  look(3, false);
  EXPECT_THAT(requests(), IsEmpty()) << "they were asked a moment ago";
}

TEST_F(CoreRequestsTest, TheFirstAnswerAfterASilenceIsAReason) {
  for (std::size_t v = 0; v < 4; ++v) look(v, false);
  static_cast<void>(requests());
  now_ += std::chrono::minutes(10);
  look(2, true);
  EXPECT_THAT(requests(), ElementsAre(PingRequest{"example", Block::of(host(0)), host(0)}))
      << "and the others are told whom to ask";
}

TEST_F(CoreRequestsTest, ABlindVantagePointAsksForNothing) {
  for (int i = 0; i < 12; ++i) {
    ping(0, "example", host(0), false);
    ping(0, "example", host(1), false);
    control(0, false);
    now_ += std::chrono::seconds(3);
    core_->handle_tick(now_);
  }
  look(1, false);
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(CoreRequestsTest, WhereEverythingIsAskedAllTheTimeNobodyIs) {
  begin(false);
  for (std::size_t v = 0; v < 4; ++v) look(v, false);
  EXPECT_THAT(requests(), IsEmpty());
}

}  // namespace
}  // namespace isthmus::resilience
