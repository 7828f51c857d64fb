#include "app/whatif_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isthmus::app {
namespace {

using resilience::Fate;
using ::testing::HasSubstr;
using ::testing::Not;

resilience::WhatIf sample(std::uint32_t dark, std::uint32_t unaffected) {
  resilience::WhatIf answer;
  answer.failure.ases = {Asn{64496}};
  resilience::TargetVerdict target;
  target.target = "example";
  for (std::uint32_t b = 0; b < dark + unaffected; ++b) {
    resilience::BlockVerdict& block = target.blocks.emplace_back();
    block.block = Block::of(IpAddress::v4(0xC0000000 + (b << 8)));
    // The dark ones come last in the target's own order.
    block.fate = b < unaffected ? Fate::unaffected : Fate::dark;
  }
  target.blocks_by_fate = {dark, 0, 0, unaffected, 0};
  answer.targets = {target};
  return answer;
}

TEST(WhatIfText, ShowsTheDarkBlocksFirstAndCountsWhatItLeavesOut) {
  const std::string text = whatif_text(sample(3, 30), 20);
  EXPECT_THAT(text, HasSubstr("33 blocks: 3 dark, 30 unaffected"));
  EXPECT_LT(text.find("192.0.32.0/24"), text.find("192.0.0.0/24"));
  EXPECT_THAT(text, HasSubstr("and 10 more: unaffected"));
  EXPECT_THAT(text, HasSubstr("192.0.19.0/24"));
  EXPECT_THAT(text, Not(HasSubstr("192.0.20.0/24")));
  EXPECT_THAT(whatif_text(sample(3, 30), 30), Not(HasSubstr("more:")));
}

TEST(WhatIfText, LongNamesAreCutAndLinesStayWithin120Columns) {
  auto answer = sample(0, 1);
  answer.targets[0].target = std::string(200, 'x');
  std::vector<resilience::Carrier> many;
  for (std::uint32_t i = 0; i < 20; ++i) {
    many.push_back({.asn = Asn{64496 + i}, .name = "Some Very Long Name Of A Carrier Limited", .share = 0.05});
  }
  answer.targets[0].carriers = answer.targets[0].blocks[0].carriers = many;
  const std::string text = whatif_text(answer, 20);
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; from = end + 1, end = text.find('\n', from)) {
    EXPECT_LE(end - from, 120u) << text.substr(from, end - from);
  }
}

TEST(WhatIfText, WhereNothingIsKnownNoCutIs) {
  EXPECT_THAT(whatif_text(sample(1, 0), 20), HasSubstr("Min cut of the target: -."));
}

}  // namespace
}  // namespace isthmus::app
