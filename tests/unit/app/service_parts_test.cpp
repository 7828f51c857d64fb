// What the long-running commands have in common.

#include "app/service_parts.hpp"

#include <gtest/gtest.h>

#include <future>

namespace isthmus::app {
namespace {

TEST(TryReload, DoesNotWaitForAnother) {
  std::mutex reloading;
  int reloads = 0;
  const auto try_it = [&] {
    return try_reload(reloading, [&]() -> Result<void> {
      ++reloads;
      return {};
    });
  };
  EXPECT_TRUE(try_it());
  {
    const std::lock_guard lock(reloading);
    const auto refused = std::async(std::launch::async, try_it).get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::busy);
    EXPECT_EQ(refused.error().detail, "a reload is under way");
  }
  EXPECT_TRUE(try_it()) << "the one before has ended";
  EXPECT_EQ(reloads, 2);
}

}  // namespace
}  // namespace isthmus::app
