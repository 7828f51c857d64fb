#include "isthmus/formats/whatif_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isthmus::formats {
namespace {

using resilience::BlockVerdict;
using resilience::Fate;
using resilience::TargetVerdict;
using resilience::WhatIf;
using ::testing::HasSubstr;

BlockVerdict block(const char* prefix, Fate fate, std::uint32_t before, std::uint32_t after) {
  BlockVerdict result;
  result.block = Block{Prefix::parse(prefix).value()};
  result.fate = fate;
  result.min_cut_before = before;
  result.min_cut_after = after;
  result.units = {.all = 3, .known = 2, .kept = 1, .moved = 1};
  return result;
}

WhatIf sample() {
  WhatIf answer;
  answer.time = Timestamp(std::chrono::milliseconds(1'506'848'871'250));
  answer.failure = {.ases = {Asn{4837}, Asn{20485}}, .routers = {IpAddress::parse("2001:db8::1").value()}};
  answer.names = {{Asn{4837}, "China \"Unicom\""}};
  TargetVerdict target;
  target.target = "north-korea";
  target.blocks_by_fate = {1, 1, 0, 0, 1};
  target.min_cut_before = 2;
  target.min_cut_after = 1;
  target.units = {.all = 9, .known = 6, .kept = 3, .moved = 2};
  target.carriers = {{.asn = Asn{64500}, .name = "", .share = 0.75}, {.asn = Asn{64501}, .name = "One", .share = 0.25}};
  target.blocks = {block("192.0.2.0/24", Fate::loses_redundancy, 2, 1), block("198.51.100.0/24", Fate::dark, 1, 0),
                   block("2001:db8::/48", Fate::not_known, 0, 0)};
  target.blocks[0].carriers = target.carriers;
  answer.targets = {target};
  return answer;
}

TEST(WhatIfJson, IsReadBackAsItWas) {
  const auto read = whatif_from_json(whatif_json(sample()));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(*read, sample());
}

TEST(WhatIfJson, TellsNothingKnownFromNothingLeft) {
  const std::string text = whatif_json(sample());
  EXPECT_THAT(text, HasSubstr(R"({"block":"198.51.100.0/24","fate":"dark","min_cut_as":{"before":1,"after":0})"));
  EXPECT_THAT(text,
              HasSubstr(R"({"block":"2001:db8::/48","fate":"not_known","min_cut_as":{"before":null,"after":null})"));
  EXPECT_THAT(text, HasSubstr(R"("fail":{"ases":[{"asn":4837,"name":"China \"Unicom\""},{"asn":20485,"name":null}],)"
                              R"("routers":["2001:db8::1"]})"));
  EXPECT_THAT(text,
              HasSubstr(R"("blocks_by_fate":{"dark":1,"loses_redundancy":1,"keeps":0,"unaffected":0,"not_known":1})"));
}

TEST(WhatIfJson, WhatIsNoAnswerIsRefused) {
  for (const auto& [text, part] : std::vector<std::pair<const char*, const char*>>{
           {"", "what-if"},
           {"[]", "what-if"},
           {"{}", "\"fail\""},
           {R"({"fail":{},"time":"yesterday"})", "\"time\""},
           {R"({"fail":{"routers":[7]}})", "\"routers\""},
           {R"({"fail":{"ases":[7]}})", "\"ases\""},
           {R"({"fail":{},"targets":[{"blocks":[{"block":"x"}]}]})", "\"block\""},
           {R"({"fail":{},"targets":[{"blocks":[{"block":"192.0.2.0/24","fate":"gloomy"}]}]})", "\"fate\""},
           {R"({"fail":{},"targets":[{"carried_by":[{"asn":1}]}]})", "\"share\""}}) {
    const auto read = whatif_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(to_string(read.error()), HasSubstr(part)) << text;
  }
}

}  // namespace
}  // namespace isthmus::formats
