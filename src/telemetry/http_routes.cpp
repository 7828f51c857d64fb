#include "telemetry/http_routes.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "telemetry/api_routes.hpp"
#include "telemetry/openapi.hpp"
#include "telemetry/static_files.hpp"
#include "telemetry/url.hpp"
#include "telemetry/web_page.hpp"

namespace isthmus::telemetry {
namespace {

using SnapshotPtr = std::shared_ptr<const resilience::Snapshot>;

constexpr std::size_t kEventsOnPage = 20;

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
  if (done.error().code == ErrorCode::busy) return text(409, to_string(done.error()) + "\n");
  return text(500, "the old configuration stays in use: " + to_string(done.error()) + "\n");
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
    {"/api/v1/overview", false, [](auto&, auto& p, auto& h) { return api::overview(p, h); }},
    {"/api/v1/targets", false, [](auto&, auto& p, auto& h) { return api::targets(p, h); }},
    {"/api/v1/upstreams", false, [](auto&, auto& p, auto& h) { return api::upstreams(p, h); }},
    {"/api/v1/paths", false, [](auto&, auto& p, auto& h) { return api::paths(p, h); }},
    {"/api/v1/vantages", false, [](auto&, auto& p, auto& h) { return api::vantages(p, h); }},
    {"/api/v1/events", false, [](auto&, auto& p, auto& h) { return api::events(p, h); }},
    {"/api/v1/history", false, [](auto&, auto& p, auto& h) { return api::history(p, h); }},
    {"/api/v1/whatif", false, [](auto&, auto& p, auto& h) { return api::whatif(p, h); }},
    {"/api/v1/explain", false, [](auto&, auto& p, auto& h) { return api::explain(p, h); }},
    {"/api/v1/openapi.json", false, [](auto&, auto&, auto&) { return json(std::string(openapi_json())); }},
    {"/badge/{target}.svg", false, [](auto&, auto& p, auto& h) { return api::badge(p, h); }},
    {"/embed/{target}", false, [](auto&, auto& p, auto& h) { return api::embed(p, h); }},
    {"/api/v1/stream", false, [](auto& r, auto& p, auto&) { return api::stream(r, p); }},
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
