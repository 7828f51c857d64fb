// A vantage point's place in a fleet, with a real nats-server: its name, what it is assigned, what it is asked.

#include "isthmus/fleet/membership.hpp"

#include <gmock/gmock.h>

#include <mutex>

#include "fleet/bucket.hpp"
#include "isthmus/fleet/assign.hpp"
#include "unit/fleet/fleet_fixture.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using support::NatsServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = Assigned::Outcome;

class MembershipTest : public FleetTest {
 protected:
  /// An agent as its broker sees it, and what it was told.
  class Agent {
   public:
    Agent(std::shared_ptr<Broker> broker, const std::string& installation, std::uint64_t boot = 1)
        : membership_(Membership::create(
              {.broker = std::move(broker),
               .vantage = "frankfurt",
               .claim = {.installation = installation, .boot = boot, .host = "host-" + installation, .version = "1"}},
              {.standing = [this](Standing standing) { note([&] { standings_.push_back(standing); }); },
               .assigned = [this](const std::string& bytes) { note([&] { assigned_.push_back(bytes); }); },
               .asked = [this](const Request& request) { note([&] { asked_.push_back(request); }); }})) {
      membership_->start();
    }
    Membership* operator->() { return membership_.get(); }
    [[nodiscard]] bool stands(Standing standing) const { return membership_->status().standing == standing; }
    [[nodiscard]] std::vector<Standing> standings() const { return read(standings_); }
    [[nodiscard]] std::vector<Request> asked() const { return read(asked_); }
    [[nodiscard]] std::vector<std::uint64_t> serials() const {
      std::vector<std::uint64_t> all;
      for (const std::string& bytes : read(assigned_)) all.push_back(decode_assignment(bytes).value().serial);
      return all;
    }

   private:
    template <typename Change>
    void note(Change change) {
      const std::lock_guard lock(mutex_);
      change();
    }
    template <typename T>
    T read(const T& value) const {
      const std::lock_guard lock(mutex_);
      return value;
    }

    mutable std::mutex mutex_;
    std::vector<Standing> standings_;
    std::vector<std::string> assigned_;
    std::vector<Request> asked_;
    std::unique_ptr<Membership> membership_;
  };

  static std::vector<Assigned> assign_to(Broker& broker, std::vector<Assignment> wanted, AssignOptions options = {}) {
    options.now = Timestamp(1'506'848'871s);
    auto done = assign(broker, {}, std::move(wanted), options);
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? *done : std::vector<Assigned>();
  }
};

TEST_F(MembershipTest, WhatChangesIsWrittenAndNothingElse) {
  const NatsServer server(folder_);
  const auto broker = connect_to(server.url());
  const auto outcomes = [&](std::vector<Assignment> wanted, const AssignOptions& options = {}) {
    std::vector<std::string> all;
    for (const Assigned& one : assign_to(*broker, std::move(wanted), options)) {
      all.push_back(one.vantage + " " + to_string(one.outcome) + " " + std::to_string(one.serial));
    }
    return all;
  };
  const AssignOptions dry{.dry_run = true};
  EXPECT_THAT(outcomes({assignment("tokyo")}, dry), ElementsAre("tokyo created 1"));
  EXPECT_THAT(outcomes({assignment("tokyo"), assignment("site.frankfurt")}),
              ElementsAre("site.frankfurt created 1", "tokyo created 1"));
  EXPECT_THAT(outcomes({assignment("tokyo", "other"), assignment("site.frankfurt")}, dry),
              ElementsAre("site.frankfurt unchanged 1", "tokyo changed 2"));
  EXPECT_THAT(outcomes({assignment("tokyo", "other"), assignment("site.frankfurt")}),
              ElementsAre("site.frankfurt unchanged 1", "tokyo changed 2"));
  EXPECT_THAT(outcomes({assignment("tokyo", "other")}), ElementsAre("site.frankfurt left over 1", "tokyo unchanged 2"));
  EXPECT_THAT(outcomes({assignment("tokyo", "other")}, {.withdraw = true}),
              ElementsAre("site.frankfurt withdrawn 2", "tokyo unchanged 2"));
  Bucket bucket(*broker, kAssignmentsBucket);
  const Assignment left = decode_assignment(bucket.get("site.frankfurt").value()->value).value();
  EXPECT_THAT(left.targets, IsEmpty());
  EXPECT_EQ(left.written, Timestamp(1'506'848'871s));
}

TEST_F(MembershipTest, WhatNoAgentWouldTakeIsNotWritten) {
  const NatsServer server(folder_);
  const auto broker = connect_to(server.url());
  Assignment wrong = assignment("tokyo");
  wrong.traces.flows = 0;
  const auto done = assign(*broker, {}, {wrong}, {});
  ASSERT_FALSE(done);
  EXPECT_THAT(to_string(done.error()), HasSubstr("assign to tokyo: traces.flows is not from 1 to 64"));
}

TEST_F(MembershipTest, WithoutABrokerAssigningSaysWhy) {
  const auto broker = connect_to("nats://127.0.0.1:1");
  const auto done = assign(*broker, {}, {assignment("tokyo")}, {.longest = 50ms});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::busy);
  EXPECT_THAT(to_string(done.error()), HasSubstr("cannot be reached"));
}

TEST_F(MembershipTest, AssignmentsAreHeardOfAtOnceAndOnce) {
  const NatsServer server(folder_);
  const auto core = connect_to(server.url());
  assign_to(*core, {assignment("frankfurt"), assignment("tokyo")});
  Agent agent(connect_to(server.url()), "a");
  ASSERT_TRUE(soon([&] { return agent.serials().size() == 1; })) << agent->status().problem;
  const auto before = std::chrono::steady_clock::now();
  assign_to(*core, {assignment("frankfurt", "other"), assignment("tokyo", "third")});
  ASSERT_TRUE(soon([&] { return agent.serials().size() == 2; }));
  EXPECT_LT(std::chrono::steady_clock::now() - before, 3s) << "it was not told, and only looked after ten seconds";
  EXPECT_THAT(agent.serials(), ElementsAre(1, 2));
  EXPECT_THAT(agent.standings(), ElementsAre(Standing::ours));
}

TEST_F(MembershipTest, WhatWasAssignedBeforeTheAgentCameAndAfterTheBrokerWasAwayIsSeen) {
  NatsServer server(folder_);
  Agent agent(connect_to(server.url()), "a");
  ASSERT_TRUE(soon([&] { return agent->status().problem.find("isthmus assign") != std::string::npos; }))
      << "a broker that nobody has set up says so: " << agent->status().problem;
  EXPECT_FALSE(agent->may_publish());
  const auto core = connect_to(server.url());
  assign_to(*core, {assignment("frankfurt")});
  ASSERT_TRUE(soon([&] { return agent.serials().size() == 1; }));
  EXPECT_TRUE(agent->may_publish());
  server.kill();
  ASSERT_TRUE(soon([&] { return agent.stands(Standing::unknown); }));
  EXPECT_FALSE(agent->may_publish());
  server.start();
  ASSERT_TRUE(soon([&] { return agent.serials().size() == 2; }));
  EXPECT_TRUE(agent->may_publish());
  EXPECT_THAT(agent.standings(), ElementsAre(Standing::ours)) << "a broker that is away takes nobody's name";
}

TEST_F(MembershipTest, OfTwoThatClaimOneNameTheSecondIsRefusedUntilTheFirstLeaves) {
  const NatsServer server(folder_);
  const auto core = connect_to(server.url());
  assign_to(*core, {assignment("frankfurt")});
  auto first = std::make_unique<Agent>(connect_to(server.url()), "a");
  ASSERT_TRUE(soon([&] { return first->stands(Standing::ours); }));
  Agent second(connect_to(server.url()), "b");
  ASSERT_TRUE(soon([&] { return second.stands(Standing::taken); }));
  EXPECT_EQ(second->status().other_host, "host-a");
  EXPECT_FALSE(second->may_publish());
  EXPECT_THAT(second.serials(), IsEmpty()) << "it is told nothing to do";
  EXPECT_TRUE((*first)->may_publish());
  first.reset();
  ASSERT_TRUE(soon([&] { return second.stands(Standing::ours) && !second.serials().empty(); }));
  EXPECT_THAT(second.standings(), ElementsAre(Standing::taken, Standing::ours));
  EXPECT_TRUE(second->may_publish());
}

TEST_F(MembershipTest, ARestartTakesTheNameOverAtOnceAndTheFormerOneGivesUp) {
  const NatsServer server(folder_);
  const auto core = connect_to(server.url());
  assign_to(*core, {assignment("frankfurt")});
  Agent crashed(connect_to(server.url()), "a", 1);
  ASSERT_TRUE(soon([&] { return crashed.stands(Standing::ours); }));
  Agent again(connect_to(server.url()), "a", 2);
  EXPECT_TRUE(soon([&] { return again.stands(Standing::ours); }, 5s)) << "it need not wait for the claim to run out";
  EXPECT_TRUE(soon([&] { return crashed.stands(Standing::taken); })) << "had it been alive, it would yield";
}

TEST_F(MembershipTest, WhatACoreAsksIsHeardByWhomItIsAsked) {
  const NatsServer server(folder_);
  const auto core = connect_to(server.url());
  assign_to(*core, {assignment("frankfurt")});
  Agent agent(connect_to(server.url()), "a");
  ASSERT_TRUE(soon([&] { return agent.stands(Standing::ours); }));
  const Request request = AskTrace{"example", IpAddress::v4(0xC0000201), true};
  ASSERT_TRUE(ask(*core, "tokyo", request));
  ASSERT_TRUE(ask(*core, "frankfurt", request));
  ASSERT_TRUE(core->publish(request_subject("frankfurt"), "nonsense"));
  EXPECT_TRUE(soon([&] { return agent->status().requests_malformed == 1; }));
  EXPECT_THAT(agent.asked(), ElementsAre(request));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(ask(*core, "frankfurt", request));
  ASSERT_TRUE(soon([&] { return agent->status().requests + agent->status().requests_dropped == 2001; }));
  EXPECT_LT(agent->status().requests, 500U) << "a core cannot keep an agent busy";
}

TEST(Claim, OnlyEarlierStartsOfTheSameInstallationGiveWay) {
  const Claim ours{.installation = "a", .boot = 5, .host = "x", .version = "1", .written = Timestamp(7s)};
  EXPECT_TRUE(gives_way(std::nullopt, ours));
  Claim theirs = ours;
  EXPECT_TRUE(gives_way(theirs, ours));
  theirs.boot = 4;
  EXPECT_TRUE(gives_way(theirs, ours));
  theirs.boot = 6;
  EXPECT_FALSE(gives_way(theirs, ours)) << "our folder was copied, and the copy is at work";
  theirs = ours;
  theirs.installation = "b";
  EXPECT_FALSE(gives_way(theirs, ours));
  EXPECT_EQ(decode_claim(encode(ours)).value(), ours);
  EXPECT_FALSE(decode_claim("nonsense"));
  EXPECT_FALSE(decode_claim(std::string(3000, 'x')));
}

}  // namespace
}  // namespace isthmus::fleet
