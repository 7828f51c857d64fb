// Errors say what failed and why; a Result holds one or the other.

#include "isthmus/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"

namespace isthmus {
namespace {

TEST(Error, SystemErrorsKeepTheirKind) {
  EXPECT_EQ(system_error("x", EPERM).code, ErrorCode::permission_denied);
  EXPECT_EQ(system_error("x", EACCES).code, ErrorCode::permission_denied);
  EXPECT_EQ(system_error("x", ENOENT).code, ErrorCode::not_found);
  EXPECT_EQ(system_error("x", ENODEV).code, ErrorCode::not_found);
  EXPECT_EQ(system_error("x", EADDRINUSE).code, ErrorCode::busy);
  EXPECT_EQ(system_error("x", EBUSY).code, ErrorCode::busy);
  EXPECT_EQ(system_error("x", ENOSPC).code, ErrorCode::io_failed);
}

TEST(Error, TextNamesOperationAndReason) {
  EXPECT_EQ(to_string(system_error("open socket", EPERM)), "open socket: Operation not permitted");
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::vector<std::string> names;
  for (const ErrorCode code :
       {ErrorCode::invalid_argument, ErrorCode::parse_failed, ErrorCode::not_found, ErrorCode::permission_denied,
        ErrorCode::refused, ErrorCode::io_failed, ErrorCode::busy}) {
    names.emplace_back(to_string(code));
    EXPECT_NE(names.back(), "unknown");
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(Result, ValueOrError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error{ErrorCode::refused, "probe 192.0.2.1", "it is on the deny list"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::refused);
  try {
    static_cast<void>(bad.value());
    FAIL() << "the value of an error is a bug and throws";
  } catch (const std::runtime_error& thrown) {
    EXPECT_STREQ(thrown.what(), "probe 192.0.2.1: it is on the deny list");
  }
}

}  // namespace
}  // namespace isthmus
