#include "telemetry/listen_address.hpp"

#include <gtest/gtest.h>

namespace isthmus::telemetry {
namespace {

std::string shown(const std::string& text) {
  const auto endpoint = parse_listen_address(text);
  if (!endpoint) return "error";
  return endpoint->address().to_string() + " " + std::to_string(endpoint->port());
}

TEST(ListenAddress, ReadsEveryWrittenForm) {
  EXPECT_EQ(shown("127.0.0.1:10176"), "127.0.0.1 10176");
  EXPECT_EQ(shown("[::1]:9"), "::1 9");
  EXPECT_EQ(shown("localhost:0"), "127.0.0.1 0");
  EXPECT_EQ(shown(":10176"), ":: 10176");
  EXPECT_EQ(shown("0.0.0.0:65535"), "0.0.0.0 65535");
}

TEST(ListenAddress, RefusesTheRestAndTellsHow) {
  for (const char* text : {"", "10176", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "::1:80", "[127.0.0.1]:80", "[]:80", "example.net:80"}) {
    EXPECT_EQ(shown(text), "error") << text;
  }
  EXPECT_NE(parse_listen_address("x").error().detail.find("127.0.0.1:10176"), std::string::npos);
}

}  // namespace
}  // namespace isthmus::telemetry
