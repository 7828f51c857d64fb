#include "telemetry/web_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page(const resilience::Snapshot* snapshot, const std::vector<Event>& events = {test::sample_event()},
                 const ProcessStatus& status = {}) {
  const Result<std::vector<Event>> listed = events;
  return web_page({snapshot, listed, status});
}

TEST(WebPage, ShowsStatesSharesBlocksVantagesAndEvents) {
  const auto snapshot = test::sample_snapshot();
  const std::string html = page(&snapshot);
  for (const char* part :
       {"<h3>peninsula</h3><span class=\"state degraded\">degraded</span>", "as of 2017-10-01 09:07:51 UTC",
        "AS64496 Transit", "75 % <span class=\"soft\">(38 to 88 %)</span>", "203.0.113.0/24 up via AS64496",
        "198.51.100.0/24 down", "0 of 3 control addresses answer", "upstream_appeared", "64496 &rarr; 64496,64500",
        "25 % of pairs unknown", "1 upstream ",
        "Min cut: 1 network, 2 routers (1 if those that stay silent are one) &middot; every way needs AS64499 Carrier "
        "&lt;b&gt;, router 203.0.113.254"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST(WebPage, EscapesEveryName) {
  auto snapshot = test::sample_snapshot();
  const std::string attack = "<script>alert('x')</script>";
  snapshot.vantages[0].name = attack;
  test::change(snapshot.targets, 0, [&](auto& target) { target.name = target.upstreams[0].name = attack; });
  snapshot.vantages[1].reason = attack;
  snapshot.vantages[0].report->problem = attack;
  Event event = test::sample_event();
  event.target = event.before = event.after = event.evidence.summary = attack;
  ProcessStatus status;
  status.version = attack;
  const std::string html = page(&snapshot, {event}, status);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
}

TEST(WebPage, MakesNoRequestElsewhere) {
  const auto snapshot = test::sample_snapshot();
  std::string html = page(&snapshot);
  // A link is followed by a person, not by the page: the one to the source of the prefix data.
  const std::string link = "<a href=\"https://db-ip.com\">";
  ASSERT_THAT(html, HasSubstr(link));
  html.erase(html.find(link), link.size());
  for (const char* part : {"http://", "https://", "src=", "<link", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(part)));
  }
}

TEST(WebPage, PutsTheWorstFirstAndSaysWhatItLeavesOut) {
  resilience::Snapshot snapshot;
  for (int i = 0; i < 101; ++i) {
    resilience::TargetView target;
    target.name = "target-" + std::to_string(i);
    target.state = i == 100 ? State::down : State::up;
    snapshot.targets.push_back(target);
  }
  const std::string html = page(&snapshot);
  EXPECT_LT(html.find("target-100<"), html.find("target-0<"));
  EXPECT_THAT(html, Not(HasSubstr("target-99<")));
  EXPECT_THAT(html, HasSubstr("and 1 more"));
}

TEST(WebPage, WarnsWhenSomethingIsWrongWithIsthmusItself) {
  const auto snapshot = test::sample_snapshot();
  EXPECT_THAT(page(&snapshot), Not(HasSubstr("class=\"card warn\"")));
  ProcessStatus status;
  status.config_reload_successful = false;
  status.store_backlog = 3;
  status.store_damaged = 1;
  status.store_moved_to = "/var/<b>/isthmus.db.corrupt-20171001T090751Z";
  const std::string html = page(&snapshot, {}, status);
  EXPECT_THAT(html, HasSubstr("reload of the configuration failed"));
  EXPECT_THAT(html, HasSubstr("3 events wait in memory"));
  EXPECT_THAT(html, HasSubstr("kept in /var/&lt;b&gt;/isthmus.db.corrupt-20171001T090751Z"));
  EXPECT_THAT(html, HasSubstr("None yet."));
}

TEST(WebPage, SaysSoWhenNothingIsKnownYet) { EXPECT_THAT(page(nullptr), HasSubstr("nothing is known yet")); }

}  // namespace
}  // namespace isthmus::telemetry
