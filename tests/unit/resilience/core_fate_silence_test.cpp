// What is asked for when nobody gets answers, and what it proves.

#include <gmock/gmock.h>

#include "unit/resilience/core_fate_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One vantage point has a bad round, and all are asked for traces; then the block is cut off: before they would be
// asked again, or just when they would.
class CoreFateSilenceTest : public CoreFateTest {
 protected:
  CoreFateSilenceTest() { good_rounds(6); }
  void look(std::size_t v, bool answers) {
    control(v);
    ping(v, "example", host(0), answers);
    core_->handle_tick(now_);
  }
  void bad_round_and_silence(Duration until_found) {
    look(0, false);
    now_ += kInterval / 2;
    look(0, false);
    EXPECT_THAT(requests(), ::testing::Contains(by_all_));
    for (const std::size_t v : {1, 2}) look(v, true);
    for (const Duration pause : {Duration(std::chrono::seconds(1)), until_found}) {
      now_ += pause;
      for (const std::size_t v : {1, 2}) look(v, false);
    }
  }
};

TEST_F(CoreFateSilenceTest, AsksForThePathsOfNowWhateverWasAskedForBefore) {
  bad_round_and_silence(std::chrono::seconds(5));
  EXPECT_THAT(requests(), ElementsAre(by_all_));
  for (int i = 0; i < 30; ++i, now_ += std::chrono::seconds(1)) {
    for (const std::size_t v : {0, 1, 2}) look(v, false);
  }
  EXPECT_EQ(view().state, State::unknown);
  EXPECT_THAT(requests(), IsEmpty());
}

// Probes of all are lost by chance, the traces that this is a reason for still get there, and then the block is cut
// off.
TEST_F(CoreFateSilenceTest, AsksAgainWhenTheTracesAskedForGotThere) {
  requests();
  for (const std::size_t v : {0, 1, 2}) look(v, false);
  now_ += kInterval / 2;
  look(0, false);
  EXPECT_THAT(requests(), ::testing::Contains(by_all_));
  now_ += std::chrono::seconds(1);
  for (const std::size_t v : {0, 1, 2}) deep_trace(v, 0, 3, true);
  for (const std::size_t v : {1, 2}) look(v, false);
  EXPECT_THAT(requests(), ElementsAre(by_all_));
  now_ += std::chrono::seconds(1);
  for (const std::size_t v : {0, 1, 2}) deep_trace(v, 0, 0, false);
  for (const std::size_t v : {0, 1, 2}) look(v, false);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateTest, ATraceThatGotThereBeforeTheBlockWasCutOffProvesNothing) {
  // The routers that answer are the target's own, and its owner names the host.
  CoreSettings own = settings(3, 1);
  own.targets[0].network.asn = Asn{64500};
  start(own);
  good_rounds(6);
  for (std::size_t v = 0; v < 3; ++v) {
    control(v);
    ping(v, "example", host(0), false);
    now_ += std::chrono::milliseconds(1);
    deep_trace(v, 0, 3, true, 1);
  }
  for (int i = 0; i < 4; ++i) {
    core_->handle_tick(now_);
    now_ += kInterval;
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), false);
    }
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateSilenceTest, DoesNotAskTwiceAtOnce) {
  bad_round_and_silence(std::chrono::seconds(9));
  EXPECT_THAT(requests(), ElementsAre(by_all_));
}

TEST_F(CoreFateSilenceTest, DoesNotAskWhereAnOpinionJustDid) {
  requests();
  for (int i = 0; i < 3; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, false);
  }
  EXPECT_EQ(std::ranges::count(requests(), by_all_), 1);
}

TEST_F(CoreFateSilenceTest, AsksOnceThoughSomebodyStillGetsAnswers) {
  for (int i = 0; i < 8; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, v == 0);
  }
  requests();
  for (int i = 0; i < 12; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, v == 0);
  }
  EXPECT_EQ(std::ranges::count(requests(), by_all_), 0);
}

}  // namespace
}  // namespace isthmus::resilience
