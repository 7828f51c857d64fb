// Batches of observations as bytes: all of it comes back, and nothing that cannot be comes through.

#include "isthmus/fleet/batch.hpp"

#include <gmock/gmock.h>

#include "fleet/batch.pb.h"
#include "unit/fleet/any_message.hpp"

namespace isthmus::fleet {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kBoot = 1'506'848'871'000'000'000;
const BatchId kId{"frankfurt", 3, kBoot, 4711};

std::vector<Message> some(std::uint32_t seed, std::size_t count) {
  AnyMessage any(seed);
  std::vector<Message> messages;
  for (std::size_t i = 0; i < count; ++i) messages.push_back(any.next("frankfurt"));
  return messages;
}

TEST(Batch, ComesBackAsItWas) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const auto messages = some(seed, seed % 40);
    const std::string bytes = encode(kId, messages);
    const auto batch = decode(bytes);
    ASSERT_TRUE(batch) << seed << ": " << to_string(batch.error());
    EXPECT_EQ(batch->id, kId);
    ASSERT_EQ(batch->messages, messages) << seed;
    EXPECT_EQ(encode(batch->id, batch->messages), bytes);
  }
}

TEST(Batch, AReplyFromNobodysAddressIsNotOneFromTheDestination) {
  Reply reply;
  reply.from = IpAddress();
  const IpAddress host = IpAddress::v4(0xAF2DB001U);
  const Trace trace{.vantage = "frankfurt",
                    .target = "north-korea",
                    .source = IpAddress::v4(0xC0000201U),
                    .destination = host,
                    .flow = {},
                    .started = Timestamp(std::chrono::seconds(1'506'848'871)),
                    .ended = Timestamp(std::chrono::seconds(1'506'848'872)),
                    .hops = {Hop{.ttl = 1, .outcomes = {reply}}}};
  const std::vector<Message> messages{Observation(trace)};
  const auto batch = decode(encode(kId, messages));
  ASSERT_TRUE(batch) << to_string(batch.error());
  EXPECT_EQ(batch->messages, messages);
}

TEST(Batch, SaysWhichOneItIs) { EXPECT_EQ(to_string(kId), "frankfurt/3/1506848871000000000/4711"); }

TEST(Batch, OfPingsIsSmall) {
  std::vector<Message> pings;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const IpAddress host = IpAddress::v4(0xAF2DB001U + i);
    Reply reply;
    reply.from = host;
    reply.rtt = std::chrono::microseconds(123456);
    reply.ttl = 57;
    reply.size = 46;
    reply.ip_id = 4321;
    PingSeries series{.vantage = "frankfurt",
                      .target = "north-korea",
                      .source = IpAddress::v4(0xC0000201U),
                      .address = host,
                      .outcomes = {}};
    series.outcomes = {{Timestamp(std::chrono::milliseconds(1'506'848'871'000 + 10 * i)), reply}};
    pings.emplace_back(Observation(series));
  }
  EXPECT_LE(encode(kId, pings).size(), 100 * 52U);
}

TEST(Batch, OfAnotherSchemaIsRefusedByName) {
  v1::Batch batch;
  batch.set_schema(2);
  batch.set_vantage("frankfurt");
  const auto refused = decode(batch.SerializeAsString());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("schema 2, this isthmus reads 1"));
  EXPECT_EQ(decode("").error().code, ErrorCode::refused) << "nothing at all has no schema";
}

struct Damage {
  const char* field;
  void (*damage)(v1::Batch&);
};

TEST(Batch, ThatSaysWhatCannotBeIsRefusedAndNamesTheField) {
  v1::Batch good;
  good.set_schema(1);
  good.set_vantage("frankfurt");
  good.add_targets("example");
  auto& ping = *good.add_items()->mutable_ping();
  ping.set_address("\x01\x02\x03\x04");
  ping.add_pings()->mutable_outcome()->mutable_reply()->set_rtt(1000);
  auto& trace = *good.add_items()->mutable_trace();
  trace.set_destination("\x01\x02\x03\x04");
  for (std::uint32_t ttl = 1; ttl < 4; ++ttl) {
    auto& hop = *trace.add_hops();
    hop.set_ttl(ttl);
    hop.add_outcomes()->set_timed_out(true);
  }
  good.add_items()->mutable_report();
  ASSERT_TRUE(decode(good.SerializeAsString()));
  const std::vector<Damage> damages{
      {"vantage", [](v1::Batch& b) { b.clear_vantage(); }},
      {"base_time", [](v1::Batch& b) { b.set_base_time(~0ULL); }},
      {"item", [](v1::Batch& b) { b.add_items(); }},
      {"target", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->set_target(1); }},
      {"address", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->set_address("123"); }},
      {"protocol", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->set_protocol(3); }},
      {"pings", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->clear_pings(); }},
      {"sent", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->mutable_pings(0)->set_sent(INT64_MIN); }},
      {"outcome", [](v1::Batch& b) { b.mutable_items(0)->mutable_ping()->mutable_pings(0)->clear_outcome(); }},
      {"rtt",
       [](v1::Batch& b) {
         b.mutable_items(0)->mutable_ping()->mutable_pings(0)->mutable_outcome()->mutable_reply()->set_rtt(~0ULL);
       }},
      {"kind",
       [](v1::Batch& b) {
         b.mutable_items(0)->mutable_ping()->mutable_pings(0)->mutable_outcome()->mutable_reply()->set_kind(5);
       }},
      {"ip_id",
       [](v1::Batch& b) {
         b.mutable_items(0)->mutable_ping()->mutable_pings(0)->mutable_outcome()->mutable_reply()->set_ip_id(65536);
       }},
      {"flow", [](v1::Batch& b) { b.mutable_items(1)->mutable_trace()->set_flow(65536); }},
      {"stop", [](v1::Batch& b) { b.mutable_items(1)->mutable_trace()->set_stop(6); }},
      {"ttl", [](v1::Batch& b) { b.mutable_items(1)->mutable_trace()->mutable_hops(1)->set_ttl(3); }},
      {"ttl", [](v1::Batch& b) { b.mutable_items(1)->mutable_trace()->mutable_hops(0)->set_ttl(0); }},
      {"outcomes", [](v1::Batch& b) { b.mutable_items(1)->mutable_trace()->mutable_hops(2)->clear_outcomes(); }},
      {"invalid",
       [](v1::Batch& b) {
         for (int i = 0; i < 7; ++i) b.mutable_items(2)->mutable_report()->add_invalid(1);
       }},
  };
  for (const Damage& damage : damages) {
    v1::Batch bad = good;
    damage.damage(bad);
    const auto refused = decode(bad.SerializeAsString());
    ASSERT_FALSE(refused) << damage.field;
    EXPECT_EQ(refused.error().code, ErrorCode::parse_failed);
    EXPECT_THAT(refused.error().detail, ::testing::StartsWith(std::string(damage.field) + " "));
  }
}

TEST(Batch, CutOrChangedAnywhereIsAnErrorOrAnotherBatchButNeverTheEndOfUs) {
  const std::string good = encode(kId, some(7, 6));
  for (std::size_t size = 0; size < good.size(); ++size)
    static_cast<void>(decode(std::string_view(good).substr(0, size)));
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    if (const auto batch = decode(bad)) {
      EXPECT_EQ(decode(encode(batch->id, batch->messages))->messages, batch->messages);
    }
  }
  EXPECT_FALSE(decode(std::string(kMostBatchBytes + 1, '\0')));
}

}  // namespace
}  // namespace isthmus::fleet
