#include "store/backlog.hpp"

#include <algorithm>
#include <chrono>

#include "store/event_table.hpp"

namespace isthmus::store {
namespace {

std::uint64_t unix_milliseconds(Timestamp time) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 1;
}

}  // namespace

std::uint64_t Backlog::add(std::vector<Event>& events) {
  const std::lock_guard lock(mutex_);
  std::uint64_t lost = 0;
  for (Event& event : events) {
    if (next_id_ == 0) next_id_ = unix_milliseconds(event.time);
    event.id = next_id_++;
    if (events_.size() >= limit_) {
      events_.pop_front();
      ++lost;
    }
    events_.push_back(event);
  }
  return lost;
}

void Backlog::number_from(std::uint64_t last) {
  const std::lock_guard lock(mutex_);
  // Ids given out before the file could be read are normally far above; if a clock was wrong, they move up.
  if (!events_.empty() && events_.front().id <= last) {
    next_id_ = last + 1;
    for (Event& event : events_) event.id = next_id_++;
  }
  next_id_ = std::max(next_id_, last + 1);
}

void Backlog::number_without_file(Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (next_id_ == 0) next_id_ = unix_milliseconds(now);
}

void Backlog::clear() {
  const std::lock_guard lock(mutex_);
  events_.clear();
}

std::map<std::uint64_t, Event> Backlog::matching(const EventQuery& query) const {
  const std::lock_guard lock(mutex_);
  std::map<std::uint64_t, Event> found;
  for (const Event& event : events_) {
    if (matches(event, query)) found.emplace(event.id, event);
  }
  return found;
}

std::size_t Backlog::size() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

}  // namespace isthmus::store
