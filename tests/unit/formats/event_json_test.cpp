#include "isthmus/formats/event_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

TEST(EventJson, HasExactlyTheContractsKeysInOrder) {
  const json::value value = json::parse(to_json(test::sample_event()));
  std::vector<std::string> keys;
  for (const auto& member : value.as_object()) keys.emplace_back(member.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"id", "time", "kind", "target", "block", "upstream_asn", "vantage",
                                            "before", "after", "evidence"}));
  EXPECT_EQ(value.at("id").to_number<int>(), 7);
  EXPECT_EQ(value.at("time").as_string(), "2017-10-01T09:07:51.000Z");
  EXPECT_EQ(value.at("kind").as_string(), "upstream_appeared");
  EXPECT_EQ(value.at("block").as_string(), "203.0.113.0/24");
  EXPECT_EQ(value.at("upstream_asn").to_number<int>(), 64500);
  EXPECT_TRUE(value.at("vantage").is_null());
  const auto& evidence = value.at("evidence").as_object();
  EXPECT_EQ(evidence.at("vantages").as_array().size(), 2u);
  EXPECT_EQ(evidence.at("traces").at(0).at("dst_addr").as_string(), "203.0.113.71");
}

TEST(EventJson, WhatDoesNotApplyIsNull) {
  Event event;
  event.kind = EventKind::vantage_invalid;
  event.vantage = "tokyo";
  const json::value value = json::parse(to_json(event));
  for (const char* key : {"target", "block", "upstream_asn", "before", "after"}) {
    EXPECT_TRUE(value.at(key).is_null()) << key;
  }
  EXPECT_EQ(value.at("vantage").as_string(), "tokyo");
}

TEST(EventJson, ComesBackAsItWas) {
  for (const EventKind kind : kEventKinds) {
    Event event = test::sample_event();
    event.kind = kind;
    const auto back = event_from_json(to_json(event));
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, event);
  }
}

TEST(EventJson, IsOneLineOfValidJsonWhateverTheNames) {
  Event event = test::sample_event();
  event.target = "line\nfeed \"quoted\" back\\slash \x01\x7F\xFF \xE2\x80\xA8 </script>";
  event.evidence.summary = std::string("nul\0inside", 10);
  const std::string line = to_json(event);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find("\xE2\x80\xA8"), std::string::npos);
  const json::value value = json::parse(line);
  EXPECT_EQ(value.at("target").as_string(),
            "line\nfeed \"quoted\" back\\slash \x01\x7F\xEF\xBF\xBD \xE2\x80\xA8 </script>");
  EXPECT_EQ(event_from_json(line)->evidence.summary, event.evidence.summary);
}

TEST(EventJson, NamesWhatIsWrong) {
  for (const auto& [text, hint] : std::vector<std::pair<std::string, std::string>>{
           {"", "not valid JSON"},
           {"[]", "object"},
           {"{}", "\"id\""},
           {R"({"id":1.5})", "\"id\""},
           {R"({"id":-1})", "\"id\""},
           {R"({"id":1,"time":"yesterday"})", "\"time\""},
           {R"({"id":1,"time":"2017-10-01T09:07:51Z","kind":"explosion"})", "\"kind\""},
           {R"({"id":1,"time":"2017-10-01T09:07:51Z","kind":"block_up","block":"203.0.113.9/24"})", "\"block\""},
           {R"({"id":1,"time":"2017-10-01T09:07:51Z","kind":"block_up","evidence":{"traces":[{}]}})", "dst_addr"}}) {
    const auto event = event_from_json(text);
    ASSERT_FALSE(event) << text;
    EXPECT_NE(event.error().detail.find(hint), std::string::npos) << event.error().detail;
    EXPECT_EQ(event.error().code, ErrorCode::parse_failed);
  }
}

TEST(EventJson, ListOfEventsKeepsOrder) {
  Event first = test::sample_event();
  Event second = first;
  second.id = 8;
  const json::value value = json::parse(events_json({first, second}));
  ASSERT_EQ(value.at("events").as_array().size(), 2u);
  EXPECT_EQ(value.at("events").at(1).at("id").to_number<int>(), 8);
  EXPECT_EQ(events_json({}), R"({"events":[]})");
}

}  // namespace
}  // namespace isthmus::formats
