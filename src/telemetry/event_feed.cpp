#include "telemetry/event_feed.hpp"

#include <algorithm>

#include "isthmus/formats/event_json.hpp"

namespace isthmus::telemetry {
namespace {

// An event with its traces has some ten kilobytes.
constexpr std::size_t kEventsOnPage = 50;
// Streams that keep up all stand at the latest place; a few lag.
constexpr std::size_t kPagesKept = 4;

}  // namespace

std::string stream_text(const Event& event) {
  return "event: event\nid: " + std::to_string(event.id) + "\ndata: " + formats::to_json(event) + "\n\n";
}

std::shared_ptr<void> EventFeed::enter() {
  if (streams_.fetch_add(1) >= max_streams_) {
    streams_.fetch_sub(1);
    return nullptr;
  }
  return {this, [](EventFeed* feed) { feed->streams_.fetch_sub(1); }};
}

std::optional<Timestamp> EventFeed::snapshot_time() const {
  const auto snapshot = handlers_.snapshot();
  if (!snapshot) return std::nullopt;
  return snapshot->time;
}

Result<std::uint64_t> EventFeed::latest_id() const {
  EventQuery latest;
  latest.limit = 1;
  const auto found = handlers_.events(latest);
  if (!found) return found.error();
  return found->empty() ? 0 : found->back().id;
}

// The lock is held while the log is asked: when something happens all streams want the same page at once, and one of
// them is enough to make it.
Result<std::shared_ptr<const EventPage>> EventFeed::after(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find_if(recent_, [id](const auto& page) { return page->after == id; });
  if (known != recent_.end()) return *known;
  EventQuery query;
  query.after_id = id;
  query.limit = kEventsOnPage;
  const auto found = handlers_.events(query);
  if (!found) return found.error();
  auto page = std::make_shared<EventPage>();
  page->after = id;
  page->last_id = found->empty() ? id : found->back().id;
  page->events = found->size();
  page->full = found->size() >= kEventsOnPage;
  for (const Event& event : *found) page->text += stream_text(event);
  if (found->empty()) return page;  // The next event changes that.
  recent_.push_back(page);
  if (recent_.size() > kPagesKept) recent_.pop_front();
  return page;
}

}  // namespace isthmus::telemetry
