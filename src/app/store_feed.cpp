#include "app/store_feed.hpp"

#include <spdlog/spdlog.h>

#include <iterator>
#include <utility>

namespace isthmus::app {
namespace {

// A kill loses no more than what was not written yet.
constexpr Duration kStoreInterval = std::chrono::seconds(1);
// Events that wait while the disk takes its time; beyond that the oldest are lost, which is logged.
constexpr std::size_t kMostWaiting = 100'000;

}  // namespace

void StoreFeed::add(std::vector<Event> events) {
  std::move(events.begin(), events.end(), std::back_inserter(events_));
  if (events_.size() <= kMostWaiting) return;
  const std::size_t lost = events_.size() - kMostWaiting;
  spdlog::error("event=events_lost count={} hint=\"the store has not finished a write for long; see to its disk\"",
                lost);
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(lost));
}

void StoreFeed::turn(Timestamp now, const Collect& collect) {
  if ((events_.empty() && now < next_) || !writer_.idle()) return;
  submit(collect);
  next_ = now + kStoreInterval;
}

void StoreFeed::finish(const Collect& collect) {
  writer_.wait_until_idle();
  submit(collect);
}

// Events and the baseline that they led to, in one transaction.
void StoreFeed::submit(const Collect& collect) {
  store::Batch batch = collect(writer_.take_anew());
  batch.events = std::exchange(events_, {});
  writer_.submit(std::move(batch));
}

}  // namespace isthmus::app
