// Requests of a core: what is asked is heard, nonsense is refused by field, and nobody can ask without end.

#include "isthmus/fleet/request.hpp"

#include <gmock/gmock.h>

#include <random>

#include "fleet/request.pb.h"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const IpAddress kAddress = IpAddress::v4(0xC0000207);
const IpAddress kRouter = IpAddress::parse("2001:db8::1").value();

std::vector<Request> all_kinds() {
  return {AskTrace{"example", kAddress, true}, AskTrace{"example", kRouter, false},
          AskPing{"example", Block::of(kAddress), kAddress}, AskPing{"example", Block::of(kRouter)},
          Advise{"example", kAddress, FlowId{65'535}, kRouter}};
}

TEST(Request, IsHeardAsItWasAsked) {
  for (const Request& request : all_kinds()) EXPECT_EQ(decode_request(encode(request)).value(), request);
  EXPECT_EQ(request_subject("site.frankfurt"), "ask.v1.site.frankfurt");
}

TEST(Request, NonsenseIsRefusedByField) {
  const auto said = [](auto change) {
    v1::Request wrong;
    wrong.set_schema(kRequestSchema);
    change(wrong);
    const auto read = decode_request(wrong.SerializeAsString());
    return read ? "taken" : read.error().detail;
  };
  EXPECT_EQ(said([](auto&) {}), "kind is not known");
  EXPECT_EQ(said([](auto& r) { r.mutable_retrace()->set_address("abcd"); }), "retrace.target is no good name");
  EXPECT_EQ(said([](auto& r) { r.mutable_retrace()->set_target("x"); }), "retrace.address has neither 4 nor 16 bytes");
  EXPECT_EQ(said([](auto& r) {
              r.mutable_ping()->set_target("x");
              r.mutable_ping()->set_block(std::string("\xC0\0\2\0\x17", 5));
            }),
            "ping.block is no block");
  EXPECT_EQ(said([](auto& r) {
              r.mutable_advice()->set_target("x");
              r.mutable_advice()->set_address("abcd");
              r.mutable_advice()->set_router("abcd");
              r.mutable_advice()->set_flow(65'536);
            }),
            "advice.flow is not from 0 to 65535");
  EXPECT_THAT(said([](auto& r) { r.set_schema(2); }), HasSubstr("schema 2, this isthmus reads 1"));
  EXPECT_FALSE(decode_request(std::string(5000, 'x')));
}

TEST(Request, AnyBytesAreReadOrRefused) {
  std::mt19937 random(12);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = encode(all_kinds()[random() % 5]);
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (const auto read = decode_request(bytes)) {
      EXPECT_EQ(decode_request(encode(*read)).value(), *read);
    }
  }
}

TEST(RequestBudget, TakesSoManyAtOnceAndSoManyASecond) {
  RequestBudget budget(3, 2);
  Instant now{1h};
  EXPECT_TRUE(budget.take(now) && budget.take(now) && budget.take(now));
  EXPECT_FALSE(budget.take(now));
  EXPECT_FALSE(budget.take(now + 400ms));
  EXPECT_TRUE(budget.take(now + 500ms));
  EXPECT_FALSE(budget.take(now + 500ms));
  now += 1h;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(now)) << "no more is saved up than fits";
  EXPECT_FALSE(budget.take(now));
}

}  // namespace
}  // namespace isthmus::fleet
