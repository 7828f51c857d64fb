#include "app/reorder_window.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace isthmus::app {
namespace {

// A step in time beyond this, up or down, is a pause of the archive or a wrong clock.
constexpr Duration kLongestStep = std::chrono::hours(1);
// A probe that has just started without a clock says 1970.
constexpr Duration kWrongClock = std::chrono::days(30);
// So many in a row agree that time went on; or so many others show that it did not.
constexpr std::size_t kStraysToBelieve = 16;

std::int64_t second_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

ReorderWindow::ReorderWindow(ObservationSource source, const OrderSettings& settings)
    : source_(std::move(source)), settings_(settings) {}

ReorderWindow::Slot ReorderWindow::free_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<Slot>(slots_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

bool ReorderWindow::is_later(const Held& a, const Held& b) const {
  // The slots are far away: nearly always the keys tell.
  return a.key != b.key ? b.key < a.key : comes_before(slots_[b.slot], slots_[a.slot]);
}

bool ReorderWindow::must_wait() const {
  if (ended_ || held_ == 0) return !ended_;
  if (held_ + strays_.size() >= settings_.most_held) return false;
  return *newest_ - earliest().key.time < settings_.window;
}

const WaitingObservation* ReorderWindow::front() {
  while (must_wait() && read()) {
  }
  return held_ == 0 ? nullptr : &slots_[earliest().slot];
}

ReorderWindow::Slot ReorderWindow::pop() {
  const auto second = seconds_.begin();
  Heap& heap = second->second;
  std::ranges::pop_heap(heap, [this](const Held& a, const Held& b) { return is_later(a, b); });
  const Slot slot = heap.back().slot;
  heap.pop_back();
  if (heap.empty()) seconds_.erase(second);
  --held_;
  free_.push_back(slot);
  return slot;
}

void ReorderWindow::take(WaitingObservation& into) { std::swap(slots_[pop()], into); }

void ReorderWindow::drop() { pop(); }

bool ReorderWindow::read() {
  const Slot slot = free_slot();
  if (!source_(slots_[slot])) {
    free_.push_back(slot);
    ended_ = true;
    // At the end of an archive nothing can contradict them.
    if (after_strays_ > 0) give_up_strays();
    while (!strays_.empty()) settle_strays();
    return false;
  }
  const Timestamp time = slots_[slot].key.time;
  if (!newest_ || time - *newest_ > kLongestStep) {
    strays_.push_back(slot);
    if (strays_.size() >= kStraysToBelieve) settle_strays();
    return true;
  }
  admit(slot);
  if (!strays_.empty() && ++after_strays_ >= kStraysToBelieve) give_up_strays();
  return true;
}

void ReorderWindow::admit(Slot slot) {
  const OrderKey& key = slots_[slot].key;
  newest_ = std::max(*newest_, key.time);
  Heap& heap = seconds_[second_of(key.time)];
  heap.push_back({key, slot});
  std::ranges::push_heap(heap, [this](const Held& a, const Held& b) { return is_later(a, b); });
  ++held_;
}

// Time went on to where most of them are. The first ones of an archive come this way, too.
void ReorderWindow::settle_strays() {
  std::vector<Slot> strays = std::exchange(strays_, {});
  after_strays_ = 0;
  std::vector<Timestamp> times;
  for (const Slot slot : strays) times.push_back(slots_[slot].key.time);
  std::ranges::sort(times);
  const Timestamp middle = times[(times.size() - 1) / 2];
  const bool is_first = !newest_;
  if (is_first) newest_ = middle;
  for (const Slot slot : strays) {
    const Timestamp time = slots_[slot].key.time;
    if (time - middle > kLongestStep) {
      strays_.push_back(slot);
    } else if (is_first && middle - time > kWrongClock) {
      free_.push_back(slot);
      ++late_;
    } else {
      admit(slot);
    }
  }
}

void ReorderWindow::give_up_strays() {
  future_ += strays_.size();
  free_.insert(free_.end(), strays_.begin(), strays_.end());
  strays_.clear();
  after_strays_ = 0;
}

}  // namespace isthmus::app
