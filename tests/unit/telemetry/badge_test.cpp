#include "telemetry/badge.hpp"

#include <gmock/gmock.h>

#include "telemetry/http_routes.hpp"
#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

resilience::TargetView target(State state, std::uint32_t upstreams = 2, std::string name = "peninsula") {
  auto view = test::target_view();
  view.state = state;
  view.upstream_count = upstreams;
  view.name = std::move(name);
  return view;
}

Response get(std::string_view path, const Handlers& handlers = sample_handlers()) {
  return respond({.method = "GET", .target = path}, handlers);
}

TEST(Badge, SaysTheStateInWordsAndColours) {
  for (const auto& [state, upstreams, words, colour] :
       std::vector<std::tuple<State, std::uint32_t, const char*, const char*>>{
           {State::up, 2, "peninsula: up, 2 upstreams", "#1a7f37"},
           {State::degraded, 1, "peninsula: degraded, 1 upstream", "#9a6700"},
           {State::down, 2, "peninsula: down", "#cf222e"},
           {State::unknown, 2, "peninsula: unknown", "#57606a"}}) {
    const std::string svg = badge_svg(target(state, upstreams), true);
    EXPECT_THAT(svg, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" "));
    EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"title\"><title id=\"title\">" + std::string(words) +
                               "</title>"));
    EXPECT_THAT(svg, HasSubstr("fill=\"" + std::string(colour) + "\""));
  }
}

TEST(Badge, WhatIsOldIsUnknown) {
  EXPECT_THAT(badge_svg(target(State::up), false), HasSubstr("peninsula: unknown</title>"));
  Handlers handlers = sample_handlers();
  handlers.healthy = [] { return Health{.ok = false, .reason = "stands still"}; };
  EXPECT_THAT(get("/badge/peninsula.svg", handlers).body, HasSubstr("peninsula: unknown</title>"));
  EXPECT_THAT(get("/embed/peninsula", handlers).body, Not(HasSubstr("AS64496")));
}

TEST(Badge, AHostileNameStaysText) {
  const std::string name = "<script>alert(\"1\")</script> & 'x'";
  for (const std::string& text :
       {badge_svg(target(State::up, 1, name), true), embed_html(target(State::up, 1, name), Timestamp{}, true)}) {
    EXPECT_THAT(text, Not(HasSubstr("<script")));
    EXPECT_THAT(text, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"));
  }
}

TEST(Badge, ALongNameIsCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "\xC3\xA9";
  const std::string svg = badge_svg(target(State::up, 1, name), true);
  EXPECT_THAT(svg, HasSubstr(">" + name.substr(0, 80) + "\xE2\x80\xA6</text>"));
  EXPECT_THAT(svg, HasSubstr("<title id=\"title\">" + name + ": "));
}

TEST(Badge, NamesAreDecoded) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& view) { view.name = "a b/c+d"; });
  Handlers handlers = sample_handlers();
  handlers.snapshot = [shared = std::make_shared<const resilience::Snapshot>(snapshot)] { return shared; };
  EXPECT_EQ(get("/badge/a%20b%2fc+d.svg", handlers).status, 200u);
  EXPECT_EQ(get("/embed/a%20b%2Fc%2Bd", handlers).status, 200u);
  EXPECT_EQ(get("/badge/a%20b/c+d.svg", handlers).status, 404u);
  EXPECT_EQ(get("/badge/a%2.svg", handlers).status, 400u);
}

TEST(Badge, IsKeptForAShortWhileAndOnlyOfTargetsThatThereAre) {
  const Response badge = get("/badge/peninsula.svg");
  EXPECT_EQ(badge.status, 200u);
  EXPECT_EQ(badge.content_type, "image/svg+xml; charset=utf-8");
  EXPECT_THAT(badge.headers, ::testing::Contains(std::pair<std::string, std::string>("Cache-Control", "max-age=30")));
  for (const char* path : {"/badge/island.svg", "/badge/.svg", "/badge/peninsula", "/badge/peninsula.svg/", "/badge/",
                           "/embed/island", "/embed/"}) {
    EXPECT_EQ(get(path).status, 404u) << path;
  }
  EXPECT_EQ(get("/badge/peninsula.svg?style=flat").status, 400u);
  EXPECT_EQ(get("/badge/peninsula.svg?target=peninsula").status, 400u);
  Handlers starting = sample_handlers();
  starting.snapshot = [] { return std::shared_ptr<const resilience::Snapshot>(); };
  EXPECT_EQ(get("/badge/peninsula.svg", starting).status, 503u);
}

TEST(Badge, OnlyTheCardMayBeFramed) {
  const auto server = serve();
  const auto answer = [&server](const std::string& path) { return exchange(server->port(), "GET " + path + kClosing); };
  const std::string card = answer("/embed/peninsula");
  EXPECT_THAT(card, HasSubstr("frame-ancestors *\r\n"));
  EXPECT_THAT(card, Not(HasSubstr("X-Frame-Options")));
  EXPECT_THAT(card, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(card, HasSubstr("AS64496 Transit &quot;One&quot; &lt;b&gt;: up</li>"));
  for (const char* path : {"/", "/metrics", "/api/v1/targets", "/badge/peninsula.svg", "/embed/island", "/nothing"}) {
    const std::string other = answer(path);
    EXPECT_THAT(other, HasSubstr("X-Frame-Options: DENY\r\n")) << path;
    EXPECT_THAT(other, HasSubstr("frame-ancestors 'none'\r\n")) << path;
    EXPECT_THAT(other, HasSubstr("X-Content-Type-Options: nosniff\r\n")) << path;
  }
}

}  // namespace
}  // namespace isthmus::telemetry
