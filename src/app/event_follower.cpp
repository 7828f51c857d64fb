#include "app/event_follower.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/monitor_api.hpp"
#include "isthmus/formats/event_json.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kMostAtOnce = 1000;  // of the HTTP API
constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(10);

class HttpFeed : public EventSource {
 public:
  HttpFeed(std::string url, telemetry::HttpAccess access) : url_(std::move(url)), access_(std::move(access)) {}

  Result<std::vector<Event>> events(const EventQuery& query) override {
    const auto body = ask_isthmus(url_, events_request(query), kTimeout, access_);
    if (!body) return body.error();
    return formats::events_from_json(*body);
  }

 private:
  std::string url_;
  telemetry::HttpAccess access_;
};

class StoreFeed : public EventSource {
 public:
  explicit StoreFeed(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}
  Result<std::vector<Event>> events(const EventQuery& query) override { return store_->events(query); }

 private:
  std::unique_ptr<store::Store> store_;
};

}  // namespace

std::unique_ptr<EventSource> http_feed(std::string url, telemetry::HttpAccess access) {
  return std::make_unique<HttpFeed>(std::move(url), std::move(access));
}

std::unique_ptr<EventSource> store_feed(std::unique_ptr<store::Store> store) {
  return std::make_unique<StoreFeed>(std::move(store));
}

std::string events_request(const EventQuery& query) {
  std::string request = "/api/v1/events?limit=" + std::to_string(std::min(query.limit, kMostAtOnce));
  if (query.since) request += "&since=" + url_encoded(to_rfc3339(*query.since));
  if (query.until) request += "&until=" + url_encoded(to_rfc3339(*query.until));
  if (query.kind) request += std::string("&kind=") + to_string(*query.kind);
  if (!query.target.empty()) request += "&target=" + url_encoded(query.target);
  if (query.after_id) request += "&after_id=" + std::to_string(*query.after_id);
  return request;
}

EventFollower::EventFollower(EventSource& feed, EventQuery query) : feed_(feed), query_(std::move(query)) {}

// The end of the log as it is now comes first: what is written between the two questions is new, not lost.
Result<std::vector<Event>> EventFollower::first() {
  EventQuery newest;
  newest.limit = 1;
  const auto end = feed_.events(newest);
  if (!end) return end.error();
  std::vector<Event> latest;
  if (query_.limit > 0) {
    auto found = feed_.events(query_);
    if (!found) return found.error();
    latest = std::move(*found);
  }
  last_ = std::max(end->empty() ? 0 : end->back().id, latest.empty() ? 0 : latest.back().id);
  return latest;
}

Result<std::vector<Event>> EventFollower::next() {
  if (!last_) return first();
  // Numbers only ever grow, unless a damaged store was replaced by a new one.
  EventQuery newest;
  newest.limit = 1;
  const auto end = feed_.events(newest);
  if (!end) return end.error();
  const std::uint64_t newest_id = end->empty() ? 0 : end->back().id;
  if (newest_id < *last_) {
    restarted_ = true;
    last_ = 0;
  }
  std::vector<Event> fresh;
  while (newest_id > *last_) {
    EventQuery query = query_;
    query.after_id = *last_;
    query.limit = kMostAtOnce;
    auto found = feed_.events(query);
    if (!found) return fresh.empty() ? Result<std::vector<Event>>(found.error()) : fresh;
    const bool more = found->size() >= kMostAtOnce;
    // Where nothing matches the log was still read up to its end.
    last_ = more ? found->back().id : std::max(newest_id, found->empty() ? 0 : found->back().id);
    std::move(found->begin(), found->end(), std::back_inserter(fresh));
  }
  return fresh;
}

bool EventFollower::take_restart() { return std::exchange(restarted_, false); }

}  // namespace isthmus::app
