#include "support/responder/judge.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "support/responder/record_file.hpp"

namespace isthmus::responder {
namespace {

constexpr std::uint32_t kFlow = 4711;

std::string router_text(std::uint32_t router) {
  return "172." + std::to_string(16 + (router >> 16)) + "." + std::to_string(router >> 8 & 255) + "." +
         std::to_string(router & 255);
}

std::string host_text(DestinationIndex host) {
  return "10." + std::to_string(host >> 16) + "." + std::to_string(host >> 8 & 255) + "." + std::to_string(host & 255);
}

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() : flows(world.blocks) {
    for (std::uint32_t block = 0; block < world.blocks; ++block) {
      world_record_flow(&flows[block], block << 8 | 1, kFlow);
    }
  }

  // What a tool that finds everything says of one destination.
  std::string all_claims(DestinationIndex destination) const {
    std::ostringstream text;
    for (std::uint32_t ttl = 1; ttl <= 16; ++ttl) {
      const Hop hop = world_hop(&world, destination, kFlow, ttl);
      if (hop.answers == 0) continue;
      text << host_text(destination) << " 0 " << ttl << " "
           << (hop.is_host != 0 ? host_text(destination) : router_text(hop.router)) << "\n";
    }
    return text.str();
  }

  std::string all_claims() const {
    std::string text;
    for (std::uint32_t block = 0; block < world.blocks; ++block) text += all_claims(block << 8 | 1);
    return text;
  }

  Verdict judged(const std::string& claims) const {
    Judge judge(world, flows, 16);
    std::istringstream lines(claims);
    judge.read_claims(lines);
    return judge.verdict();
  }

  static WorldSettings small_world() {
    WorldSettings settings = kDefaultWorld;
    settings.blocks = 64;
    settings.ases = 4;
    return settings;
  }

  WorldSettings world{small_world()};
  std::vector<FlowRecord> flows;
};

TEST_F(JudgeTest, FindsAllThatIsThereFound) {
  const Verdict verdict = judged(all_claims());
  EXPECT_GT(verdict.interfaces.of, 64U);
  EXPECT_EQ(verdict.interfaces.found, verdict.interfaces.of);
  EXPECT_GT(verdict.links.of, 20U);
  EXPECT_EQ(verdict.links.found, verdict.links.of);
  EXPECT_GT(verdict.hosts.of, 30U);
  EXPECT_LT(verdict.hosts.of, 64U);
  EXPECT_EQ(verdict.hosts.found, verdict.hosts.of);
  EXPECT_EQ(verdict.wrong_hops + verdict.false_links + verdict.strange, 0U);
}

TEST_F(JudgeTest, MissesWhatIsMissing) {
  const std::string all = all_claims();
  const std::string last = all_claims(63 << 8 | 1);
  const Verdict verdict = judged(all.substr(0, all.size() - last.size()));
  EXPECT_LT(verdict.interfaces.found, verdict.interfaces.of);
  EXPECT_LE(verdict.hosts.found, verdict.hosts.of);
  EXPECT_EQ(judged("").interfaces.found, 0U);
}

TEST_F(JudgeTest, ExpectsTargetsThatWereNeverAsked) {
  flows[5] = FlowRecord{};
  Judge judge(world, flows, 16);
  const std::uint64_t before = judge.verdict().interfaces.of;
  judge.expect(5 << 8 | 1);
  EXPECT_GT(judge.verdict().interfaces.of, before) << "the edge router of block 5 stands nowhere else";
}

TEST_F(JudgeTest, CountsAnAddressAtTheWrongTtl) {
  const std::string root = router_text(world_hop(&world, 1, kFlow, 1).router);
  EXPECT_EQ(judged("10.0.0.1 0 2 " + root).wrong_hops, 1U);
  EXPECT_EQ(judged("10.0.0.1 0 1 " + root).wrong_hops, world_hop(&world, 1, kFlow, 1).answers != 0 ? 0U : 1U);
  EXPECT_EQ(judged("10.0.0.1 0 3 10.0.0.1").wrong_hops, 1U) << "a host before its distance";
  EXPECT_EQ(judged("10.0.0.1 0 3 10.0.1.1").wrong_hops, 1U) << "another host";
  EXPECT_EQ(judged("10.0.0.1 0 3 192.0.2.1").wrong_hops, 1U) << "nobody";
}

TEST_F(JudgeTest, CountsALinkBetweenTwoFlows) {
  world.silent_router_percent = 0;
  const auto router = [&](std::uint32_t block, std::uint32_t flow, std::uint32_t ttl) {
    return world_hop(&world, block << 8 | 1, flow, ttl).router;
  };
  // A block behind a diamond that is passed in full, and a flow that takes another branch of it.
  std::uint32_t block = 0;
  while (world_distance(&world, block) < 12 || world_as_width(&world, world_as_of(&world, block)) == 1) {
    ASSERT_LT(++block, world.blocks);
  }
  std::uint32_t other = 0;
  while (router(block, other, 9) == router(block, kFlow, 9)) ASSERT_LT(++other, 10'000U);
  world_record_flow(&flows[block], block << 8 | 1, other);

  const std::string claim = host_text(block << 8 | 1) + " 0 ";
  const std::string near = claim + "9 " + router_text(router(block, kFlow, 9)) + "\n" + claim + "10 ";
  const Verdict mixed = judged(near + router_text(router(block, other, 10)));
  EXPECT_EQ(mixed.wrong_hops, 0U) << "each hop is true";
  EXPECT_EQ(mixed.false_links, 1U);
  EXPECT_EQ(mixed.links.found, 0U);
  EXPECT_EQ(judged(near + router_text(router(block, kFlow, 10))).false_links, 0U);
}

TEST_F(JudgeTest, LinksNothingAcrossTraces) {
  world.silent_router_percent = 0;
  const auto claim = [&](const char* trace, std::uint32_t ttl) {
    return "10.0.0.1 " + std::string(trace) + " " + std::to_string(ttl) + " " +
           router_text(world_hop(&world, 1, kFlow, ttl).router) + "\n";
  };
  EXPECT_EQ(judged(claim("0", 1) + claim("0", 2)).links.found, 1U);
  EXPECT_EQ(judged(claim("0", 1) + claim("1", 2)).links.found, 0U);
  EXPECT_EQ(judged(claim("0", 1) + claim("0", 3)).links.found, 0U);
}

TEST_F(JudgeTest, TakesHostsByThemselves) {
  std::uint32_t silent = 0;
  while (world_host_answers(&world, silent << 8 | 1) != 0) ++silent;
  std::uint32_t alive = 0;
  while (world_host_answers(&world, alive << 8 | 1) == 0) ++alive;
  EXPECT_EQ(judged(host_text(alive << 8 | 1)).hosts.found, 1U);
  EXPECT_EQ(judged(host_text(silent << 8 | 1)).hosts.found, 0U);
  EXPECT_EQ(judged(host_text(silent << 8 | 1)).wrong_hops, 1U);
}

TEST_F(JudgeTest, TakesInterfacesAndLinksByThemselves) {
  world.silent_router_percent = 0;
  const auto router = [&](std::uint32_t ttl) { return router_text(world_hop(&world, 1, kFlow, ttl).router); };
  const Verdict right = judged("interface " + router(3) + "\nlink " + router(3) + " " + router(4));
  EXPECT_EQ(right.interfaces.found, 1U);
  EXPECT_EQ(right.links.found, 1U);
  EXPECT_EQ(right.wrong_hops + right.false_links, 0U);
  EXPECT_EQ(judged("interface 172.16.255.1").wrong_hops, 1U) << "the edge of a block that does not exist";
  EXPECT_EQ(judged("link " + router(4) + " " + router(3)).false_links, 1U) << "the wrong way round";
  EXPECT_EQ(judged("link " + router(3) + " " + router(5)).false_links, 1U) << "across a hop";
}

TEST_F(JudgeTest, CountsLinesThatAreNoClaims) {
  EXPECT_EQ(judged("nonsense\n10.0.0.1 0\n10.0.0.1 x 3 172.16.0.1\n192.0.2.1 0 3 172.16.0.1\n10.200.0.1 0 1 172.16.0.1")
                .strange,
            5U);
}

TEST(JudgeAddress, ReadsBothFamilies) {
  EXPECT_EQ(parse_destination("10.18.52.9"), 0x123409U);
  EXPECT_EQ(parse_destination("fd10:0:1234::9"), 0x123409U);
  EXPECT_EQ(parse_destination("11.0.0.1"), std::nullopt);
  EXPECT_EQ(parse_router("172.19.0.1"), 0x30001U);
  EXPECT_EQ(parse_router("fd20::3:1"), 0x30001U);
  EXPECT_EQ(parse_router("172.15.255.255"), std::nullopt);
  EXPECT_EQ(parse_router("172.31.0.0"), std::nullopt);
}

}  // namespace
}  // namespace isthmus::responder
