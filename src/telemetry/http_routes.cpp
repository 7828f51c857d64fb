#include "telemetry/http_routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>

#include "isthmus/formats/event_json.hpp"
#include "isthmus/formats/history_json.hpp"
#include "isthmus/formats/snapshot_json.hpp"
#include "isthmus/formats/whatif_json.hpp"
#include "isthmus/resilience/whatif.hpp"
#include "telemetry/badge.hpp"
#include "telemetry/openapi.hpp"
#include "telemetry/overview.hpp"
#include "telemetry/static_files.hpp"
#include "telemetry/url.hpp"
#include "telemetry/web_page.hpp"

namespace isthmus::telemetry {
namespace {

using Parameters = std::map<std::string, std::string>;
using SnapshotPtr = std::shared_ptr<const resilience::Snapshot>;

constexpr std::size_t kMaxEvents = 1000;
constexpr std::size_t kEventsOnPage = 20;
constexpr int kHistoryDays = 30;
constexpr int kMaxHistoryDays = 3653;

Response text(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body), {}, {}, {}};
}

Response json(std::string body) { return {200, "application/json", std::move(body), {}, {}, {}}; }

Response health(const std::function<Health()>& check, const char* word) {
  const Health health = check();
  if (health.ok) return text(200, std::string(word) + "\n");
  return text(503, "not " + std::string(word) + ": " + health.reason + "\n");
}

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

Response metrics(const Handlers& handlers) {
  if (handlers.own_metrics) return {200, kMetricsType, handlers.own_metrics(), {}, {}, {}};
  const SnapshotPtr snapshot = handlers.snapshot();
  return {200, kMetricsType, metrics_text(snapshot.get(), handlers.status()), {}, {}, {}};
}

Response page(const Handlers& handlers) {
  if (handlers.own_page) return text(200, handlers.own_page());
  const SnapshotPtr snapshot = handlers.snapshot();
  EventQuery latest;
  latest.limit = kEventsOnPage;
  const auto events = handlers.events(latest);
  return {200, "text/html; charset=utf-8", web_page({snapshot.get(), events, handlers.status()}), {}, {}, {}};
}

Response reload(const Request& request, const Handlers& handlers) {
  if (!handlers.reload) {
    return text(403,
                "reload over HTTP is not enabled; allow it in the exporter section of the configuration, or send "
                "SIGHUP\n");
  }
  // A page that an operator happens to visit must not be able to do this.
  if (request.from_browser_page) return text(403, "reload is not for web pages; use curl -X POST\n");
  const auto done = handlers.reload();
  if (done) return text(200, "configuration reloaded\n");
  return text(500, "the old configuration stays in use: " + to_string(done.error()) + "\n");
}

Result<std::uint64_t> parse_number(const std::string& name, const std::string& value) {
  std::uint64_t number = 0;
  const auto [end, status] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (status == std::errc{} && end == value.data() + value.size() && !value.empty()) return number;
  return Error{ErrorCode::invalid_argument, name, "'" + value + "' is not a whole number"};
}

Result<void> set_parameter(EventQuery& query, const std::string& name, const std::string& value) {
  if (name == "target") {
    query.target = value;
  } else if (name == "since" || name == "until") {
    const auto time = parse_rfc3339(value);
    if (!time) return Error{ErrorCode::invalid_argument, name, time.error().detail};
    (name == "since" ? query.since : query.until) = *time;
  } else if (name == "kind") {
    query.kind = parse_event_kind(value);
    if (!query.kind) return Error{ErrorCode::invalid_argument, name, "'" + value + "' is no kind of event"};
  } else if (name == "after_id" || name == "limit") {
    const auto number = parse_number(name, value);
    if (!number) return number.error();
    if (name == "after_id") query.after_id = *number;
    if (name == "limit") query.limit = *number;
    if (query.limit < 1 || query.limit > kMaxEvents) {
      return Error{ErrorCode::invalid_argument, name, "must be from 1 to " + std::to_string(kMaxEvents)};
    }
  } else {
    return Error{ErrorCode::invalid_argument, name,
                 "unknown; there are since, until, kind, target, after_id, limit, traces"};
  }
  return {};
}

// Traces are nine tenths of an event's bytes: whoever lists many and shows none can leave them out.
Response events(const Parameters& parameters, const Handlers& handlers) {
  EventQuery query;
  bool traces = true;
  for (const auto& [name, value] : parameters) {
    if (name == "traces") {
      if (value != "yes" && value != "no") return text(400, "traces: must be yes or no\n");
      traces = value == "yes";
    } else if (const auto set = set_parameter(query, name, value); !set)
      return text(400, to_string(set.error()) + "\n");
  }
  auto found = handlers.events(query);
  if (!found) return text(503, to_string(found.error()) + "\n");
  if (!traces) {
    for (Event& event : *found) event.evidence.traces.clear();
  }
  return json(formats::events_json(*found));
}

Result<void> set_parameter(resilience::HistoryQuery& query, const std::string& name, const std::string& value) {
  if (name == "target") {
    query.target = value;
  } else if (name == "from" || name == "to") {
    const auto day = formats::parse_day(value);
    if (!day) return Error{ErrorCode::invalid_argument, name, day.error().detail};
    (name == "from" ? query.first : query.last) = *day;
  } else if (name == "block") {
    const auto prefix = Prefix::parse(value);
    if (!prefix) return Error{ErrorCode::invalid_argument, name, prefix.error().detail};
    query.block = Block{*prefix};
  } else {
    return Error{ErrorCode::invalid_argument, name, "unknown; there are target, from, to, block"};
  }
  return {};
}

// Without "from" the thirty days that end with "to", without "to" up to now.
Response history(const Parameters& parameters, const Handlers& handlers) {
  using std::chrono::days;
  const SnapshotPtr snapshot = handlers.snapshot();
  if (!snapshot) return text(503, "starting: no snapshot yet\n");
  resilience::HistoryQuery query;
  query.last = std::chrono::floor<days>(snapshot->time);
  for (const auto& [name, value] : parameters) {
    if (const auto set = set_parameter(query, name, value); !set) return text(400, to_string(set.error()) + "\n");
  }
  if (query.target.empty()) return text(400, "target: missing; say whose history, as in ?target=NAME\n");
  if (!parameters.contains("from")) query.first = query.last - days(kHistoryDays - 1);
  if (query.last < query.first || query.last - query.first > days(kMaxHistoryDays)) {
    return text(400, "from, to: must be in this order, and at most ten years apart\n");
  }
  const auto found = handlers.history(query);
  if (!found) return text(503, to_string(found.error()) + "\n");
  return json(formats::history_json(query, *found));
}

// A document made of the snapshot; only those about targets take a parameter.
template <typename Document>
Response document(const Parameters& parameters, const Handlers& handlers, const Document& make) {
  constexpr bool kByTarget = std::is_invocable_v<Document, const resilience::Snapshot&, std::string_view>;
  std::string target;
  for (const auto& [name, value] : parameters) {
    if (!kByTarget || name != "target") return text(400, "unknown parameter '" + name + "'\n");
    target = value;
  }
  const SnapshotPtr snapshot = handlers.snapshot();
  if (!snapshot) return text(503, "starting: no snapshot yet\n");
  if constexpr (kByTarget) {
    return json(make(*snapshot, target));
  } else {
    return json(make(*snapshot));
  }
}

Response overview(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, [&handlers](const resilience::Snapshot& snapshot) {
    return overview_json(snapshot, handlers.status());
  });
}

Response whatif(const Parameters& parameters, const Handlers& handlers) {
  std::string fail;
  std::string target;
  for (const auto& [name, value] : parameters) {
    if (name != "fail" && name != "target")
      return text(400, "unknown parameter '" + name + "'; there are fail, target\n");
    (name == "fail" ? fail : target) = value;
  }
  const auto failure = resilience::parse_failure(fail);
  if (!failure) return text(400, to_string(failure.error()) + "\n");
  const SnapshotPtr snapshot = handlers.snapshot();
  if (!snapshot) return text(503, "starting: no snapshot yet\n");
  const auto answer = resilience::what_if(*snapshot, *failure, target);
  if (!answer) return text(400, to_string(answer.error()) + "\n");
  return json(formats::whatif_json(*answer));
}

Response explain(const Parameters& parameters, const Handlers& handlers) {
  std::optional<std::uint64_t> event;
  for (const auto& [name, value] : parameters) {
    if (name != "event") return text(400, "unknown parameter '" + name + "'; there is event\n");
    const auto number = parse_number(name, value);
    if (!number) return text(400, to_string(number.error()) + "\n");
    event = *number;
  }
  if (!event) return text(400, "event: missing; say which, by its id, as in ?event=17\n");
  const auto explained = handlers.explain(*event);
  if (explained) return json(*explained);
  return text(explained.error().code == ErrorCode::not_found ? 404 : 503, to_string(explained.error()) + "\n");
}

// A client that connects again sends the header; the parameter is for its first time.
Response stream(const Request& request, const Parameters& parameters) {
  Subscription subscription;
  std::string last(request.last_event_id);
  for (const auto& [name, value] : parameters) {
    if (name != "last_event_id") return text(400, "unknown parameter '" + name + "'; there is last_event_id\n");
    if (last.empty()) last = value;
  }
  if (parameters.contains("last_event_id") || !last.empty()) {
    const auto number = parse_number("last_event_id", last);
    if (!number) return text(400, to_string(number.error()) + "\n");
    subscription.last_event_id = *number;
  }
  return {200, "text/event-stream", {}, {}, {}, subscription};
}

// An image and a card of one target; `make` is told whether the snapshot can be relied on.
template <typename Make>
Response about_target(const Parameters& parameters, const Handlers& handlers, const char* type, const Make& make) {
  const std::string& name = parameters.at("target");
  for (const auto& [other, value] : parameters) {
    if (other != "target") return text(400, "unknown parameter '" + other + "'\n");
  }
  const SnapshotPtr snapshot = handlers.snapshot();
  if (!snapshot) return text(503, "starting: no snapshot yet\n");
  for (const resilience::TargetView& target : snapshot->targets) {
    if (target.name != name) continue;
    // A minute at a wall display is short, and a page with a thousand readers asks twice a minute.
    return {200, type, make(target, *snapshot, handlers.healthy().ok), {}, {{"Cache-Control", "max-age=30"}}, {}};
  }
  return text(404, "there is no such target; /api/v1/targets lists those there are\n");
}

Response badge(const Parameters& parameters, const Handlers& handlers) {
  return about_target(parameters, handlers, "image/svg+xml; charset=utf-8",
                      [](const auto& target, const auto&, bool current) { return badge_svg(target, current); });
}

// The one page that others may frame: it can do nothing.
Response embed(const Parameters& parameters, const Handlers& handlers) {
  Response card = about_target(parameters, handlers, "text/html; charset=utf-8",
                               [](const auto& target, const auto& snapshot, bool current) {
                                 return embed_html(target, snapshot.time, current);
                               });
  if (card.status != 200) return card;
  card.headers.emplace_back("X-Frame-Options", "");
  card.headers.emplace_back("Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *");
  return card;
}

using Route = Response (*)(const Request&, const Parameters&, const Handlers&);

struct Entry {
  std::string_view path;  ///< What stands for "{target}" is a parameter of that name.
  bool post;              ///< POST only; otherwise GET and HEAD.
  Route route;
};

constexpr auto kRoutes = std::to_array<Entry>({
    {"/", false, [](auto&, auto&, auto& h) { return page(h); }},
    {"/plain", false, [](auto&, auto&, auto& h) { return page(h); }},
    {"/metrics", false, [](auto&, auto&, auto& h) { return metrics(h); }},
    {"/-/healthy", false, [](auto&, auto&, auto& h) { return health(h.healthy, "healthy"); }},
    {"/-/ready", false, [](auto&, auto&, auto& h) { return health(h.ready, "ready"); }},
    {"/-/reload", true, [](auto& r, auto&, auto& h) { return reload(r, h); }},
    {"/api/v1/overview", false, [](auto&, auto& p, auto& h) { return overview(p, h); }},
    {"/api/v1/targets", false, [](auto&, auto& p, auto& h) { return document(p, h, &formats::targets_json); }},
    {"/api/v1/upstreams", false, [](auto&, auto& p, auto& h) { return document(p, h, &formats::upstreams_json); }},
    {"/api/v1/paths", false, [](auto&, auto& p, auto& h) { return document(p, h, &formats::paths_json); }},
    {"/api/v1/vantages", false, [](auto&, auto& p, auto& h) { return document(p, h, &formats::vantages_json); }},
    {"/api/v1/events", false, [](auto&, auto& p, auto& h) { return events(p, h); }},
    {"/api/v1/history", false, [](auto&, auto& p, auto& h) { return history(p, h); }},
    {"/api/v1/whatif", false, [](auto&, auto& p, auto& h) { return whatif(p, h); }},
    {"/api/v1/explain", false, [](auto&, auto& p, auto& h) { return explain(p, h); }},
    {"/api/v1/openapi.json", false, [](auto&, auto&, auto&) { return json(std::string(openapi_json())); }},
    {"/badge/{target}.svg", false, [](auto&, auto& p, auto& h) { return badge(p, h); }},
    {"/embed/{target}", false, [](auto&, auto& p, auto& h) { return embed(p, h); }},
    {"/api/v1/stream", false, [](auto& r, auto& p, auto&) { return stream(r, p); }},
});

// Whether the process can answer it: one without a core has nothing behind the API.
bool is_there(const Entry& entry, const Handlers& handlers) {
  constexpr std::array<std::string_view, 3> kOfCore{"/api/", "/badge/", "/embed/"};
  const auto starts = [&entry](std::string_view start) { return entry.path.starts_with(start); };
  return !handlers.own_metrics || std::ranges::none_of(kOfCore, starts);
}

Response not_found(const Handlers& handlers) {
  std::string body = "not found; there are:\n";
  for (const Entry& entry : kRoutes)
    if (is_there(entry, handlers)) body += std::string(entry.post ? "POST " : "GET  ") + std::string(entry.path) + "\n";
  return text(404, std::move(body));
}

Response dispatch(const Request& request, const Handlers& handlers) {
  auto target = parse_request_target(request.target);
  if (!target) return text(400, target.error().detail + "\n");
  if (auto file = static_file(request, target->path, handlers.files)) return *std::move(file);
  for (const Entry& entry : kRoutes) {
    const auto match = match_path(entry.path, target->path);
    if (!match) return text(400, match.error().detail + "\n");
    if (!*match || !is_there(entry, handlers)) continue;
    const bool is_pattern = entry.path.find('{') != std::string_view::npos;
    if (is_pattern && !target->parameters.emplace("target", **match).second) {
      return text(400, "target is a part of the path; leave the parameter out\n");
    }
    const bool allowed = entry.post ? request.method == "POST" : request.method == "GET" || request.method == "HEAD";
    if (allowed) return entry.route(request, target->parameters, handlers);
    Response refused = text(405, "method not allowed\n");
    refused.allow = entry.post ? "POST" : "GET, HEAD";
    return refused;
  }
  return not_found(handlers);
}

}  // namespace

Response respond(const Request& request, const Handlers& handlers) {
  try {
    return dispatch(request, handlers);
  } catch (const std::exception& error) {
    return text(500, std::string("internal error: ") + error.what() + "\n");
  }
}

}  // namespace isthmus::telemetry
