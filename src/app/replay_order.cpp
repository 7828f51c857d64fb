#include "app/replay_order.hpp"

#include <algorithm>
#include <tuple>

#include "isthmus/formats/atlas.hpp"

namespace isthmus::app {
namespace {

// A step in time beyond this, up or down, is a pause of the archive or a wrong clock.
constexpr Duration kLongestStep = std::chrono::hours(1);
// A probe that has just started without a clock says 1970.
constexpr Duration kWrongClock = std::chrono::days(30);
// So many in a row agree that time went on; or so many others show that it did not.
constexpr std::size_t kStraysToBelieve = 16;

// What identifies an observation among those of one moment.
auto key_of(const Observation& observation) {
  if (const auto* trace = std::get_if<Trace>(&observation)) {
    return std::tie(trace->vantage, trace->destination, trace->flow.value, trace->started);
  }
  static constexpr std::uint16_t kNoFlow = 0;
  static constexpr Timestamp kNoStart{};
  const auto& series = std::get<PingSeries>(observation);
  const Timestamp& first = series.outcomes.empty() ? kNoStart : series.outcomes.front().sent;
  return std::tie(series.vantage, series.address, kNoFlow, first);
}

}  // namespace

bool comes_before(const Observation& a, const Observation& b) {
  const Timestamp at = time_of(a);
  const Timestamp bt = time_of(b);
  if (at != bt) return at < bt;
  if (a.index() != b.index()) return a.index() > b.index();
  const auto key_a = key_of(a);
  const auto key_b = key_of(b);
  if (key_a != key_b) return key_a < key_b;
  return a != b && formats::to_atlas_json(a) < formats::to_atlas_json(b);
}

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

bool ReorderWindow::must_wait() const {
  if (ended_ || heap_.empty()) return !ended_;
  if (heap_.size() + strays_.size() >= settings_.most_held) return false;
  return *newest_ - time_of(slots_[heap_.front()]) < settings_.window;
}

const Observation* ReorderWindow::front() {
  while (must_wait() && read()) {
  }
  return heap_.empty() ? nullptr : &slots_[heap_.front()];
}

ReorderWindow::Slot ReorderWindow::pop() {
  std::ranges::pop_heap(heap_, [this](Slot a, Slot b) { return is_later(a, b); });
  const Slot slot = heap_.back();
  heap_.pop_back();
  free_.push_back(slot);
  return slot;
}

void ReorderWindow::take(Observation& into) { std::swap(slots_[pop()], into); }

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
  const Timestamp time = time_of(slots_[slot]);
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
  newest_ = std::max(newest_.value_or(Timestamp::min()), time_of(slots_[slot]));
  heap_.push_back(slot);
  std::ranges::push_heap(heap_, [this](Slot a, Slot b) { return is_later(a, b); });
}

// Time went on to where most of them are. The first ones of an archive come this way, too.
void ReorderWindow::settle_strays() {
  std::vector<Slot> strays = std::exchange(strays_, {});
  after_strays_ = 0;
  std::vector<Timestamp> times;
  for (const Slot slot : strays) times.push_back(time_of(slots_[slot]));
  std::ranges::sort(times);
  const Timestamp middle = times[(times.size() - 1) / 2];
  const bool is_first = !newest_;
  if (is_first) newest_ = middle;
  for (const Slot slot : strays) {
    const Timestamp time = time_of(slots_[slot]);
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

ReplayOrder::ReplayOrder(std::vector<ObservationSource> archives, const OrderSettings& settings) {
  archives_.reserve(archives.size());
  for (ObservationSource& archive : archives) archives_.emplace_back(std::move(archive), settings);
}

bool ReplayOrder::is_later(std::size_t a, std::size_t b) {
  return comes_before(*archives_[b].front(), *archives_[a].front());
}

const Observation* ReplayOrder::front() {
  if (!started_) {
    started_ = true;
    for (std::size_t i = 0; i < archives_.size(); ++i) advance(i);
  }
  return heap_.empty() ? nullptr : archives_[heap_.front()].front();
}

std::size_t ReplayOrder::pop() {
  std::ranges::pop_heap(heap_, [this](std::size_t a, std::size_t b) { return is_later(a, b); });
  const std::size_t archive = heap_.back();
  heap_.pop_back();
  return archive;
}

// The archive, which is not in the heap, takes its place by its new front.
void ReplayOrder::advance(std::size_t archive) {
  if (archives_[archive].front() == nullptr) return;
  heap_.push_back(archive);
  std::ranges::push_heap(heap_, [this](std::size_t a, std::size_t b) { return is_later(a, b); });
}

void ReplayOrder::drop() {
  const std::size_t archive = pop();
  archives_[archive].drop();
  advance(archive);
}

bool ReplayOrder::next(Observation& into) {
  for (const Observation* found = front(); found != nullptr && last_ && time_of(*found) < *last_; found = front()) {
    ++late_;
    drop();
  }
  if (front() == nullptr) return false;
  const std::size_t archive = pop();
  archives_[archive].take(into);
  advance(archive);
  last_ = time_of(into);
  // Equal ones stand next to each other.
  for (const Observation* found = front(); found != nullptr && *found == into; found = front()) {
    ++duplicate_;
    drop();
  }
  return true;
}

OrderCounts ReplayOrder::counts() const {
  OrderCounts counts{.late = late_, .future = 0, .duplicate = duplicate_};
  for (const ReorderWindow& archive : archives_) {
    counts.late += archive.late();
    counts.future += archive.future();
  }
  return counts;
}

}  // namespace isthmus::app
