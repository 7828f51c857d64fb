// Handovers at a real broker: who looks finds what another has left, and whoever has the partition prevails.

#include "fleet/bucket.hpp"
#include "isthmus/fleet/assign.hpp"
#include "isthmus/fleet/handover.hpp"
#include "unit/fleet/fleet_fixture.hpp"

namespace isthmus::fleet {
namespace {

using ::testing::HasSubstr;

class HandoverShelfTest : public FleetTest {
 protected:
  void SetUp() override {
    FleetTest::SetUp();
    if (IsSkipped()) return;
    server_ = std::make_unique<support::NatsServer>(folder_ / "nats");
    broker_ = connect_to(server_->url());
    ASSERT_TRUE(soon([&] { return broker_->state().connected; }));
  }
  void set_up() const { ASSERT_TRUE(assign(*broker_, {}, {}, {})); }
  static Handover at(std::uint64_t sequence) {
    Handover made;
    made.partition = 3;
    made.host = "somewhere";
    made.position = {Timestamp(std::chrono::seconds(10)), sequence, Timestamp(std::chrono::seconds(20))};
    return made;
  }
  static std::optional<std::uint64_t> found_by(HandoverShelf& shelf) {
    const auto found = shelf.look(3);
    EXPECT_TRUE(found) << to_string(found.error());
    return *found ? std::optional((*found)->position.sequence) : std::nullopt;
  }

  std::unique_ptr<support::NatsServer> server_;
  std::shared_ptr<Broker> broker_;
};

TEST_F(HandoverShelfTest, WhatOneLeavesTheNextFindsAndNobodyFindsHisOwn) {
  set_up();
  const auto one = HandoverShelf::create(broker_);
  const auto other = HandoverShelf::create(connect_to(server_->url()));
  EXPECT_EQ(found_by(*one), std::nullopt);
  ASSERT_TRUE(one->put(at(5)));
  ASSERT_TRUE(one->put(at(7)));
  EXPECT_EQ(found_by(*one), std::nullopt) << "it is its own";
  ASSERT_TRUE(soon([&] { return found_by(*other) == 7U; }));
  EXPECT_EQ(found_by(*other), std::nullopt) << "it has seen that";
  ASSERT_TRUE(other->put(at(9)));
  EXPECT_EQ(found_by(*one), 9U) << "what happened while it was away";
}

TEST_F(HandoverShelfTest, WhoHasThePartitionPrevailsOverSomebodyWhoWasLate) {
  set_up();
  const auto late = HandoverShelf::create(broker_);
  ASSERT_TRUE(late->put(at(5)));
  const auto owner = HandoverShelf::create(broker_);
  EXPECT_EQ(found_by(*owner), 5U);
  ASSERT_TRUE(late->put(at(6)));
  const auto refused = owner->put(at(7));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::busy) << "to be tried again";
  ASSERT_TRUE(owner->put(at(8)));
  EXPECT_EQ(found_by(*HandoverShelf::create(broker_)), 8U);
}

TEST_F(HandoverShelfTest, AFleetThatWasSetUpBeforeHandsNothingOverAndReadsOn) {
  const auto shelf = HandoverShelf::create(broker_);
  EXPECT_EQ(found_by(*shelf), std::nullopt);
  const auto done = shelf->put(at(5));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::not_found);
  EXPECT_THAT(done.error().detail, HasSubstr("isthmus assign"));
}

TEST_F(HandoverShelfTest, WhatIsNoHandoverIsNoReasonToTellEverythingAgain) {
  set_up();
  Bucket bucket(*broker_, kPartitionsBucket);
  ASSERT_TRUE(bucket.put("3", "nonsense"));
  EXPECT_FALSE(HandoverShelf::create(broker_)->look(3));
}

TEST_F(HandoverShelfTest, OneThatIsTooLargeIsRefusedWithWhatToDo) {
  set_up();
  Handover large = at(5);
  for (int i = 0; i < 20'000; ++i)
    large.marks.push_back({"tokyo-" + std::string(50, 'x'), static_cast<std::uint64_t>(i), 7});
  const auto done = HandoverShelf::create(broker_)->put(large);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::refused);
  EXPECT_THAT(done.error().detail, HasSubstr("more partitions"));
}

}  // namespace
}  // namespace isthmus::fleet
