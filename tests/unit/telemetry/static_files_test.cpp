#include "telemetry/static_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "unit/telemetry/handlers.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;

constexpr std::array<StaticFile, 3> kFiles{{
    {.path = "/",
     .content_type = "text/html; charset=utf-8",
     .body = "<!doctype html>",
     .gzip = "zipped",
     .etag = "\"aa\"",
     .immutable = false},
    {.path = "/assets/app-1.js",
     .content_type = "text/javascript; charset=utf-8",
     .body = "go()",
     .gzip = "zip",
     .etag = "\"bb\"",
     .immutable = true},
    {.path = "/assets/icon-1.svg",
     .content_type = "image/svg+xml",
     .body = "<svg/>",
     .gzip = {},
     .etag = "\"cc\"",
     .immutable = true},
}};

Handlers with_page() {
  Handlers handlers = sample_handlers();
  handlers.files = kFiles;
  return handlers;
}

Response get(std::string_view target, bool gzip = false, std::string_view if_none_match = {},
             const Handlers& handlers = with_page()) {
  return respond({.method = "GET", .target = target, .accepts_gzip = gzip, .if_none_match = if_none_match}, handlers);
}

std::string header(const Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, [](const auto& header) { return header.first; });
  return found == response.headers.end() ? "" : found->second;
}

TEST(StaticFiles, ThePageIsAtTheRootAndThePlainOneBesideIt) {
  EXPECT_EQ(get("/").body, "<!doctype html>");
  EXPECT_EQ(get("/?x=1").body, "<!doctype html>") << "a query is the page's own matter";
  EXPECT_THAT(get("/plain").body, HasSubstr("peninsula"));
}

TEST(StaticFiles, WithoutThemTheRootIsThePlainPage) {
  EXPECT_THAT(get("/", false, {}, sample_handlers()).body, HasSubstr("peninsula"));
  EXPECT_EQ(get("/assets/app-1.js", false, {}, sample_handlers()).status, 404u);
}

TEST(StaticFiles, AreCompressedForWhoeverTakesThat) {
  const Response plain = get("/assets/app-1.js");
  EXPECT_EQ(plain.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(plain.body, "go()");
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
  const Response zipped = get("/assets/app-1.js", true);
  EXPECT_EQ(zipped.body, "zip");
  EXPECT_EQ(header(zipped, "Content-Encoding"), "gzip");
  EXPECT_EQ(get("/assets/icon-1.svg", true).body, "<svg/>") << "compressed it would be larger";
}

TEST(StaticFiles, AreKeptForeverWhenTheirNameChangesWithThem) {
  EXPECT_EQ(header(get("/assets/app-1.js"), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(get("/"), "Cache-Control"), "no-cache");
}

TEST(StaticFiles, ThatTheBrowserHasAreNotSentAgain) {
  for (const char* known : {"\"aa\"", "W/\"aa\"", "\"zz\", \"aa\"", "*"}) {
    const Response response = get("/", true, known);
    EXPECT_EQ(response.status, 304u) << known;
    EXPECT_EQ(response.body, "") << known;
    EXPECT_EQ(header(response, "ETag"), "\"aa\"") << known;
    EXPECT_EQ(header(response, "Content-Encoding"), "") << known;
  }
  EXPECT_EQ(get("/", true, "\"bb\"").status, 200u);
}

TEST(StaticFiles, MayLoadFromHereOnlyAndRunNoScriptOfAName) {
  const std::string policy = get("/").policy;
  EXPECT_THAT(policy, HasSubstr("default-src 'self'"));
  EXPECT_THAT(policy, ::testing::Not(HasSubstr("unsafe")));
}

TEST(StaticFiles, AreOnlyRead) {
  const Response response = respond({.method = "POST", .target = "/", .from_browser_page = false}, with_page());
  EXPECT_EQ(response.status, 405u);
  EXPECT_EQ(response.allow, "GET, HEAD");
}

}  // namespace
}  // namespace isthmus::telemetry
