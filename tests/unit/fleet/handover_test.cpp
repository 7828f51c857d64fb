// What moves with a partition: written as it is read, and refused by field where it cannot be.

#include "isthmus/fleet/handover.hpp"

#include <gmock/gmock.h>

#include "fleet/handover.pb.h"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Handover full() {
  const Timestamp time{1'506'848'871s};
  resilience::BlockMemory block;
  block.block = Block::of(IpAddress::v4(0xC0000200));
  block.state = State::degraded;
  block.since = time;
  block.announced_down = true;
  block.learned = true;
  block.redundancy = resilience::Redundancy::lost;
  block.upstreams = {{Asn{4837}, false, time - 24h, time}, {Asn{20485}, true, time - 2h, time - 1h}};
  block.addresses = {{"tokyo", IpAddress::v4(0xC0000201), 0.75}, {"frankfurt", IpAddress::v4(0xC0000201), 1.0}};
  block.hosts = {{IpAddress::v4(0xC0000201), time, 3.5, 2, true}};
  Handover handover;
  handover.partition = 3;
  handover.host = "core-1.example.net";
  handover.position = {time - 100h, 4711, time - 1s};
  handover.marks = {{"tokyo", 7, 900}, {"tokyo", 8, 12}};
  handover.baseline.targets = {{.name = "example",
                                .state = State::down,
                                .since = time - 5min,
                                .redundancy = resilience::Redundancy::held,
                                .blocks = {block},
                                .events = {{EventKind::block_down, 2}, {EventKind::target_up, 0}}}};
  handover.baseline.vantages = {
      {.name = "tokyo", .state = VantageState::invalid, .since = time, .events = {{EventKind::vantage_invalid, 1}}}};
  return handover;
}

TEST(Handover, IsReadAsItWasWritten) {
  const auto read = decode_handover(encode(full()));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, full());
  EXPECT_TRUE(decode_handover(encode({.partition = 0, .host = "a", .position = {}, .marks = {}, .baseline = {}})));
}

TEST(Handover, WhatCannotBeIsRefusedByName) {
  const auto problem = [](const auto& spoil) {
    v1::Handover out;
    EXPECT_TRUE(out.ParseFromString(encode(full())));
    spoil(out);
    const auto read = decode_handover(out.SerializeAsString());
    return read ? std::string("taken") : read.error().detail;
  };
  EXPECT_EQ(problem([](v1::Handover&) {}), "taken");
  EXPECT_THAT(problem([](auto& out) { out.set_schema(2); }), HasSubstr("schema 2"));
  EXPECT_THAT(problem([](auto& out) { out.clear_host(); }), HasSubstr("host is empty"));
  EXPECT_THAT(problem([](auto& out) { out.set_partition(1024); }), HasSubstr("partition is not"));
  EXPECT_THAT(problem([](auto& out) { out.mutable_targets(0)->set_state(9); }), HasSubstr("targets.state"));
  EXPECT_THAT(problem([](auto& out) { out.mutable_targets(0)->mutable_counts(0)->set_kind(99); }),
              HasSubstr("counts.kind"));
  const auto spoil_block = [&](const auto& spoil) {
    return problem([&](v1::Handover& out) { spoil(*out.mutable_targets(0)->mutable_blocks(0)); });
  };
  EXPECT_THAT(spoil_block([](auto& block) { block.set_prefix("x"); }), HasSubstr("blocks.prefix"));
  EXPECT_THAT(spoil_block([](auto& block) { block.mutable_addresses(0)->set_vantage(2); }),
              HasSubstr("addresses.vantage is none of the names"));
  EXPECT_THAT(spoil_block([](auto& block) { block.mutable_addresses(0)->set_answer_rate(1.5); }),
              HasSubstr("answer_rate is not from 0 to 1"));
  EXPECT_THAT(spoil_block([](auto& block) { block.mutable_hosts(0)->set_watched_days(-1); }),
              HasSubstr("hosts.watched_days"));
  EXPECT_FALSE(decode_handover("nonsense"));
}

TEST(Handover, TheFurtherOneIsBehindMoreOrOfALaterStream) {
  const StreamPosition early{Timestamp(10s), 5, Timestamp(20s)};
  const StreamPosition late{Timestamp(10s), 6, Timestamp(20s)};
  const StreamPosition anew{Timestamp(30s), 1, Timestamp(40s)};
  EXPECT_TRUE(is_further(late, early));
  EXPECT_FALSE(is_further(early, late));
  EXPECT_FALSE(is_further(early, early));
  EXPECT_TRUE(is_further(anew, late));
  EXPECT_FALSE(is_further(late, anew));
}

}  // namespace
}  // namespace isthmus::fleet
