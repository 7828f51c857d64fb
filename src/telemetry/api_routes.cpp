#include "telemetry/api_routes.hpp"

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "isthmus/formats/event_json.hpp"
#include "isthmus/formats/history_json.hpp"
#include "isthmus/formats/snapshot_json.hpp"
#include "isthmus/formats/whatif_json.hpp"
#include "isthmus/resilience/whatif.hpp"
#include "telemetry/badge.hpp"
#include "telemetry/overview.hpp"

namespace isthmus::telemetry {

Response text(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body), {}, {}, {}};
}

Response json(std::string body) { return {200, "application/json", std::move(body), {}, {}, {}}; }

}  // namespace isthmus::telemetry

namespace isthmus::telemetry::api {
namespace {

using SnapshotPtr = std::shared_ptr<const resilience::Snapshot>;

constexpr std::size_t kMaxEvents = 1000;
constexpr int kHistoryDays = 30;
constexpr int kMaxHistoryDays = 3653;

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

}  // namespace

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

Response overview(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, [&handlers](const resilience::Snapshot& snapshot) {
    return overview_json(snapshot, handlers.status());
  });
}

Response targets(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, &formats::targets_json);
}

Response upstreams(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, &formats::upstreams_json);
}

Response paths(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, &formats::paths_json);
}

Response vantages(const Parameters& parameters, const Handlers& handlers) {
  return document(parameters, handlers, &formats::vantages_json);
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

Response badge(const Parameters& parameters, const Handlers& handlers) {
  return about_target(parameters, handlers, "image/svg+xml; charset=utf-8",
                      [](const auto& target, const auto&, bool current) { return badge_svg(target, current); });
}

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

}  // namespace isthmus::telemetry::api
