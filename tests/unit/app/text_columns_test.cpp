#include "app/text_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/progress.hpp"

namespace isthmus::app {
namespace {

using ::testing::ElementsAre;

TEST(TextColumns, CountsCharactersNotBytes) {
  EXPECT_EQ(columns("Zürich"), 6u);
  EXPECT_EQ(fit("Zürich", 3), "Zür");
  EXPECT_EQ(fit("Zü", 4), "Zü  ");
}

TEST(TextColumns, WrapsAtBlanks) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one", 7), ElementsAre("one"));
  EXPECT_THAT(wrap("", 7), ElementsAre(""));
}

TEST(TextColumns, CutsUpWhatIsTooLong) {
  EXPECT_THAT(wrap("abcdefgh ij", 3), ElementsAre("abc", "def", "gh", "ij"));
  EXPECT_THAT(wrap("üüüü", 2), ElementsAre("üü", "üü"));
}

TEST(Progress, ShowsABarOnlyWhenTheEndIsKnown) {
  EXPECT_EQ(progress_line({.share = {}, .counts = "12 traces"}, std::chrono::seconds(3), 0), "12 traces");
  const std::string line = progress_line({.share = 0.5, .counts = "12 traces"}, std::chrono::seconds(3), 0);
  EXPECT_EQ(line, "[============>           ]  50 %  12 traces  0:03 left");
}

}  // namespace
}  // namespace isthmus::app
