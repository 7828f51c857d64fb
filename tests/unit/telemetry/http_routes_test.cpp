#include "telemetry/http_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/telemetry/handlers.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Response get(std::string_view target, const Handlers& handlers = sample_handlers()) {
  return respond({.method = "GET", .target = target}, handlers);
}

Response post(std::string_view target, const Handlers& handlers, bool from_browser_page = false) {
  return respond({.method = "POST", .target = target, .from_browser_page = from_browser_page}, handlers);
}

TEST(HttpRoutes, EveryDocumentIsServedWithItsType) {
  for (const auto& [target, type, part] : std::vector<std::tuple<const char*, const char*, const char*>>{
           {"/", "text/html; charset=utf-8", "peninsula"},
           {"/plain", "text/html; charset=utf-8", "peninsula"},
           {"/api/v1/overview", "application/json", "\"blocks_listed\":true"},
           {"/metrics", "text/plain; version=0.0.4; charset=utf-8", "isthmus_target_state{"},
           {"/-/healthy", "text/plain; charset=utf-8", "healthy"},
           {"/-/ready", "text/plain; charset=utf-8", "ready"},
           {"/api/v1/targets", "application/json", "\"targets\":[{"},
           {"/api/v1/upstreams", "application/json", "\"upstreams\":[{"},
           {"/api/v1/paths", "application/json", "\"paths\":[{"},
           {"/api/v1/vantages", "application/json", "\"vantages\":[{"},
           {"/api/v1/whatif?fail=AS64499&target=peninsula", "application/json", "\"blocks_by_fate\":{\"dark\":1,"},
           {"/api/v1/explain?event=7", "application/json", "\"changes\":["},
           {"/api/v1/events", "application/json", "\"events\":[{"}}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 200u) << target;
    EXPECT_EQ(response.content_type, type) << target;
    EXPECT_THAT(response.body, HasSubstr(part)) << target;
  }
}

TEST(HttpRoutes, EventsArePassedTheirConditions) {
  Handlers handlers = sample_handlers();
  EventQuery asked;
  handlers.events = [&asked](const EventQuery& query) -> Result<std::vector<Event>> {
    asked = query;
    return std::vector<Event>();
  };
  const Response response = get(
      "/api/v1/events?since=2017-10-01T09:07:51Z&until=2017-10-02T00:00:00%2B00:00&kind=block_down&target=a%20b&limit=7"
      "&after_id=5",
      handlers);
  EXPECT_EQ(response.status, 200u) << response.body;
  EXPECT_EQ(to_rfc3339(asked.since.value()), "2017-10-01T09:07:51.000Z");
  EXPECT_EQ(to_rfc3339(asked.until.value()), "2017-10-02T00:00:00.000Z");
  EXPECT_EQ(asked.kind, EventKind::block_down);
  EXPECT_EQ(asked.target, "a b");
  EXPECT_EQ(asked.limit, 7u);
  EXPECT_EQ(asked.after_id, 5u);
  get("/api/v1/events", handlers);
  EXPECT_EQ(asked.limit, 100u);
  EXPECT_EQ(asked.after_id, std::nullopt);
}

TEST(HttpRoutes, EventsLeaveOutTheirTracesWhenAskedTo) {
  EXPECT_THAT(get("/api/v1/events?traces=yes").body, HasSubstr("traceroute"));
  const Response brief = get("/api/v1/events?traces=no");
  EXPECT_EQ(brief.status, 200u);
  EXPECT_THAT(brief.body, Not(HasSubstr("traceroute")));
  EXPECT_THAT(brief.body, HasSubstr("\"summary\""));
}

TEST(HttpRoutes, AnEventThatIsNotThereCannotBeExplained) {
  const Response response = get("/api/v1/explain?event=8");
  EXPECT_EQ(response.status, 404u);
  EXPECT_EQ(response.body, "explain event 8: there is none of that id\n");
}

TEST(HttpRoutes, BadParametersAreNamed) {
  for (const auto& [target, part] : std::vector<std::pair<const char*, const char*>>{
           {"/api/v1/events?since=yesterday", "since"},
           {"/api/v1/events?kind=explosion", "explosion"},
           {"/api/v1/events?limit=0", "limit"},
           {"/api/v1/events?limit=1001", "1 to 1000"},
           {"/api/v1/events?limit=-1", "whole number"},
           {"/api/v1/events?limit=", "whole number"},
           {"/api/v1/events?after_id=99999999999999999999999", "whole number"},
           {"/api/v1/events?colour=red", "colour"},
           {"/api/v1/events?traces=maybe", "traces"},
           {"/api/v1/overview?target=x", "target"},
           {"/api/v1/events?target=%zz", "hexadecimal"},
           {"/api/v1/whatif", "AS4837,AS20485"},
           {"/api/v1/whatif?fail=unicom", "'unicom'"},
           {"/api/v1/whatif?fail=AS77", "on the ways are AS64499 Carrier <b>"},
           {"/api/v1/whatif?fail=AS64511", "the network of peninsula itself"},
           {"/api/v1/whatif?fail=AS64499&target=island", "island"},
           {"/api/v1/whatif?fail=AS64499&colour=red", "colour"},
           {"/api/v1/explain", "?event=17"},
           {"/api/v1/explain?event=first", "'first'"},
           {"/api/v1/explain?id=17", "'id'"},
           {"/api/v1/targets?limit=1", "limit"},
           {"/api/v1/vantages?target=x", "target"}}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 400u) << target;
    EXPECT_THAT(response.body, HasSubstr(part)) << target;
  }
}

TEST(HttpRoutes, HistoryIsTheDaysOfATarget) {
  EXPECT_EQ(get("/api/v1/history?target=peninsula&from=2017-10-01&to=2017-10-02").body,
            R"({"target":"peninsula","block":null,"days":[{"day":"2017-10-01","target":"peninsula","block":null,)"
            R"("seconds":{"up":43200,"degraded":0,"down":21600,"unknown":0},"covered_seconds":64800,)"
            R"("availability":0.6666666666666666,"unknown_share":0.1,"upstreams":[{"asn":4837,"share":{)"
            R"("vantage":{"estimate":0.5,"low":0.25,"high":1,"least":0.25,"most":1},)"
            R"("address":{"estimate":0.5,"low":0.25,"high":1,"least":0.25,"most":1},)"
            R"("flow":{"estimate":0.5,"low":0.25,"high":1,"least":0.25,"most":1}}}]}],)"
            R"("late":[{"day":"2017-10-01","target":"peninsula","block":null,)"
            R"("late":{"vantage":"japan","pings":720,"answers":718,"traces":12,"reached":11}}]})");
  EXPECT_THAT(get("/api/v1/history?target=peninsula&block=192.0.2.0/24&from=2017-10-01T23:00:00Z&to=2017-10-02").body,
              HasSubstr(R"("block":"192.0.2.0/24","seconds")"));
}

TEST(HttpRoutes, HistoryIsOfThirtyDaysUnlessAskedOtherwise) {
  Handlers handlers = sample_handlers();
  resilience::HistoryQuery asked;
  handlers.history = [&](const resilience::HistoryQuery& query) {
    asked = query;
    return resilience::History{};
  };
  EXPECT_EQ(get("/api/v1/history?target=peninsula", handlers).status, 200u);
  EXPECT_EQ(asked.last, std::chrono::floor<std::chrono::days>(test::sample_snapshot().time));
  EXPECT_EQ(asked.last - asked.first, std::chrono::days(29));
  EXPECT_EQ(get("/api/v1/history?target=peninsula&to=2017-10-31", handlers).status, 200u);
  EXPECT_EQ(asked.first, std::chrono::sys_days(std::chrono::year(2017) / 10 / 2));
}

TEST(HttpRoutes, HistoryNamesWhatIsWrongWithTheQuestion) {
  for (const auto& [target, part] : std::vector<std::pair<const char*, const char*>>{
           {"/api/v1/history", "say whose history"},
           {"/api/v1/history?target=x&from=yesterday", "from"},
           {"/api/v1/history?target=x&to=2017-13-01", "to"},
           {"/api/v1/history?target=x&from=2017-10-02&to=2017-10-01", "in this order"},
           {"/api/v1/history?target=x&from=1917-10-02", "ten years"},
           {"/api/v1/history?target=x&block=192.0.2.1/24", "block"},
           {"/api/v1/history?target=x&colour=red", "colour"}}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 400u) << target;
    EXPECT_THAT(response.body, HasSubstr(part)) << target;
  }
  Handlers handlers = sample_handlers();
  handlers.history = [](const resilience::HistoryQuery&) -> Result<resilience::History> {
    return Error{ErrorCode::busy, "use store", "locked"};
  };
  EXPECT_EQ(get("/api/v1/history?target=x", handlers).status, 503u);
}

TEST(HttpRoutes, TargetParameterFilters) {
  EXPECT_THAT(get("/api/v1/targets?target=peninsula").body, HasSubstr("\"targets\":[{"));
  EXPECT_THAT(get("/api/v1/targets?target=island").body, HasSubstr("\"targets\":[]"));
}

TEST(HttpRoutes, UnwellIs503WithTheReason) {
  Handlers handlers = sample_handlers();
  handlers.healthy = [] { return Health{false, "the core stands still"}; };
  handlers.ready = [] { return Health{false, "no sockets"}; };
  EXPECT_EQ(get("/-/healthy", handlers).status, 503u);
  EXPECT_THAT(get("/-/healthy", handlers).body, HasSubstr("the core stands still"));
  EXPECT_EQ(get("/-/ready", handlers).status, 503u);
  EXPECT_THAT(get("/-/ready", handlers).body, HasSubstr("no sockets"));
}

TEST(HttpRoutes, BeforeTheFirstSnapshotDocumentsWaitAndPagesWork) {
  Handlers handlers = sample_handlers();
  handlers.snapshot = [] { return nullptr; };
  EXPECT_EQ(get("/api/v1/targets", handlers).status, 503u);
  EXPECT_EQ(get("/api/v1/vantages", handlers).status, 503u);
  EXPECT_EQ(get("/api/v1/whatif?fail=AS64499", handlers).status, 503u);
  EXPECT_EQ(get("/metrics", handlers).status, 200u);
  EXPECT_EQ(get("/", handlers).status, 200u);
}

TEST(HttpRoutes, StoreFailureIsTold) {
  Handlers handlers = sample_handlers();
  handlers.events = [](const EventQuery&) -> Result<std::vector<Event>> {
    return Error{ErrorCode::busy, "use store", "locked <here>"};
  };
  EXPECT_EQ(get("/api/v1/events", handlers).status, 503u);
  const Response page = get("/", handlers);
  EXPECT_EQ(page.status, 200u);
  EXPECT_THAT(page.body, HasSubstr("locked &lt;here&gt;"));
}

TEST(HttpRoutes, ReloadIsOptIn) {
  Handlers handlers = sample_handlers();
  const Response refused = post("/-/reload", handlers);
  EXPECT_EQ(refused.status, 403u);
  EXPECT_THAT(refused.body, HasSubstr("SIGHUP"));
  int reloads = 0;
  handlers.reload = [&reloads]() -> Result<void> {
    if (++reloads == 2) return Error{ErrorCode::parse_failed, "load isthmus.yaml", "3:1: unknown key"};
    return {};
  };
  EXPECT_EQ(post("/-/reload", handlers).status, 200u);
  const Response failed = post("/-/reload", handlers);
  EXPECT_EQ(failed.status, 500u);
  EXPECT_THAT(failed.body, HasSubstr("3:1: unknown key"));
  EXPECT_EQ(get("/-/reload", handlers).status, 405u);
  EXPECT_EQ(post("/-/reload", handlers, true).status, 403u);
  EXPECT_EQ(reloads, 2);
}

TEST(HttpRoutes, AReloadDuringAnotherIsTurnedAway) {
  Handlers handlers = sample_handlers();
  handlers.reload = []() -> Result<void> { return Error{ErrorCode::busy, "reload", "one is under way"}; };
  const Response refused = post("/-/reload", handlers);
  EXPECT_EQ(refused.status, 409u);
  EXPECT_EQ(refused.body, "reload: one is under way\n");
}

TEST(HttpRoutes, UnknownPathsAndMethods) {
  const Response missing = get("/favicon.ico");
  EXPECT_EQ(missing.status, 404u);
  EXPECT_THAT(missing.body, HasSubstr("/api/v1/targets"));
  EXPECT_EQ(get("/metrics/").status, 404u);
  const Response refused = post("/metrics", sample_handlers());
  EXPECT_EQ(refused.status, 405u);
  EXPECT_EQ(refused.allow, "GET, HEAD");
  EXPECT_EQ(get("/-/reload").allow, "POST");
}

TEST(HttpRoutes, ThrowingHandlerIsA500) {
  Handlers handlers = sample_handlers();
  handlers.status = []() -> ProcessStatus { throw std::runtime_error("broken"); };
  EXPECT_EQ(get("/metrics", handlers).status, 500u);
}

}  // namespace
}  // namespace isthmus::telemetry
