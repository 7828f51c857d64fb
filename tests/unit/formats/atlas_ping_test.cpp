#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "isthmus/formats/atlas.hpp"
#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

TEST(AtlasPing, ComesBackAsItWas) {
  PingSeries series;
  series.vantage = "tokyo";
  series.target = "peninsula";
  series.source = test::ip("192.0.2.10");
  series.address = test::ip("203.0.113.71");
  series.seen_from = test::ip("203.0.113.9");
  Timestamp sent(std::chrono::nanoseconds(1'506'848'871'123'456'789));
  Reply echo{.from = series.address, .rtt = std::chrono::nanoseconds(10'000'001), .ttl = 55, .size = 84};
  Reply larger = echo;
  larger.size = 92;
  larger.ip_id = 99;
  Reply refused = test::time_exceeded("192.0.2.1", std::chrono::milliseconds(2));
  for (const Outcome& outcome :
       std::vector<Outcome>{echo, larger, refused, TimedOut{}, SendFailed{ENETUNREACH}, SendFailed{}}) {
    series.outcomes.push_back({sent, outcome});
    sent += std::chrono::milliseconds(1001);
  }
  for (const auto protocol : {Protocol::icmp, Protocol::udp, Protocol::tcp}) {
    series.protocol = protocol;
    EXPECT_EQ(test::only_ping(to_atlas_json(series)), series);
  }
}

TEST(AtlasPing, WithoutAKnownAddressOfTheWorldNoneIsMadeUp) {
  PingSeries series;
  series.vantage = "tokyo";
  series.source = test::ip("192.0.2.10");
  series.address = test::ip("2001:db8::1");
  series.outcomes.push_back({Timestamp(std::chrono::seconds(1506848871)), TimedOut{}});
  EXPECT_EQ(json::parse(to_atlas_json(series)).at("from").as_string(), "192.0.2.10");
  EXPECT_EQ(test::only_ping(to_atlas_json(series)), series);
}

TEST(AtlasPing, CountsOnlyEchoReplies) {
  PingSeries series;
  series.vantage = "tokyo";
  series.address = test::ip("2001:db8::1");
  Reply reply = test::time_exceeded("2001:db8::1", std::chrono::milliseconds(10));
  reply.kind = ReplyKind::echo_reply;
  const Timestamp start(std::chrono::seconds(1506848871));
  series.outcomes.push_back({start, reply});
  reply.rtt = std::chrono::milliseconds(30);
  series.outcomes.push_back({start, reply});
  series.outcomes.push_back({start, TimedOut{}});
  series.outcomes.push_back({start, SendFailed{EPERM}});
  reply.kind = ReplyKind::unreachable;
  series.outcomes.push_back({start, reply});
  const json::value value = json::parse(to_atlas_json(series));
  EXPECT_EQ(value.at("type").as_string(), "ping");
  EXPECT_EQ(value.at("af").to_number<int>(), 6);
  EXPECT_EQ(value.at("sent").to_number<int>(), 5);
  EXPECT_EQ(value.at("rcvd").to_number<int>(), 2);
  EXPECT_DOUBLE_EQ(value.at("min").to_number<double>(), 10);
  EXPECT_DOUBLE_EQ(value.at("max").to_number<double>(), 30);
  EXPECT_DOUBLE_EQ(value.at("avg").to_number<double>(), 20);
  EXPECT_DOUBLE_EQ(value.at("result").at(1).at("rtt").to_number<double>(), 30);
  EXPECT_EQ(value.at("result").at(2).at("x").as_string(), "*");
  EXPECT_EQ(value.at("result").at(4).at("error").as_string(), "unreachable");
}

TEST(AtlasPing, WithoutAnAnswerTheSummaryIsMinusOne) {
  PingSeries series;
  series.outcomes.push_back({Timestamp{}, TimedOut{}});
  const json::value value = json::parse(to_atlas_json(series));
  for (const char* key : {"min", "max", "avg"}) EXPECT_EQ(value.at(key).to_number<int>(), -1) << key;
  EXPECT_EQ(value.at("rcvd").to_number<int>(), 0);
}

TEST(AtlasPing, TheLastSecondThatWartsCanHoldIsWhole) {
  PingSeries series;
  series.vantage = "tokyo";
  series.address = test::ip("203.0.113.71");
  const Timestamp last(std::chrono::seconds(4'294'967'295) + std::chrono::microseconds(999'999));
  series.outcomes = {{last - std::chrono::seconds(1), TimedOut{}}, {last, TimedOut{}}};
  EXPECT_EQ(test::only_ping(to_atlas_json(series)), series);
}

TEST(AtlasPing, TimesThatWartsCannotHoldAreNotTaken) {
  PingSeries series;
  series.vantage = "tokyo";
  series.address = test::ip("203.0.113.71");
  const Timestamp start(std::chrono::seconds(1506848871));
  series.outcomes = {{start, TimedOut{}}, {start + std::chrono::milliseconds(1500), TimedOut{}}};
  std::string text = to_atlas_json(series);
  const std::string exact = "1506848872500000000";
  text.replace(text.find(exact), exact.size(), "5506848872500000000");  // in 2144
  const PingSeries read = test::only_ping(text);
  ASSERT_EQ(read.outcomes.size(), 2U);
  EXPECT_EQ(read.outcomes[0].sent, start);
  EXPECT_LT(read.outcomes[1].sent, start + std::chrono::minutes(1)) << "the usual distance of pings instead";
}

}  // namespace
}  // namespace isthmus::formats
