#include "isthmus/formats/utf8.hpp"

#include <gtest/gtest.h>

namespace isthmus::formats {
namespace {

constexpr const char* kReplaced = "\xEF\xBF\xBD";

TEST(ValidUtf8, KeepsWhatIsValid) {
  for (const char* text : {"", "plain", "\xC3\xA9", "\xEC\xA1\xB0\xEC\x84\xA0", "\xF0\x9F\x8C\x89", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(ValidUtf8, ReplacesEachBadByte) {
  EXPECT_EQ(valid_utf8("a\xFFz"), std::string("a") + kReplaced + "z");
  EXPECT_EQ(valid_utf8("\x80"), kReplaced);
  EXPECT_EQ(valid_utf8("caf\xE9"), std::string("caf") + kReplaced);  // Latin-1
}

TEST(ValidUtf8, ReplacesOverlongSurrogateAndTooLarge) {
  const std::string two = std::string(kReplaced) + kReplaced;
  EXPECT_EQ(valid_utf8("\xC0\xAF"), two);
  EXPECT_EQ(valid_utf8("\xE0\x80\xAF"), two + kReplaced);
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), two + kReplaced);
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), two + two);
}

TEST(ValidUtf8, ReplacesATruncatedSequence) {
  EXPECT_EQ(valid_utf8("\xE2\x82"), std::string(kReplaced) + kReplaced);
  EXPECT_EQ(valid_utf8("\xC3"), kReplaced);
}

}  // namespace
}  // namespace isthmus::formats
