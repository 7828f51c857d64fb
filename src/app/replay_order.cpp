#include "app/replay_order.hpp"

#include <algorithm>
#include <string_view>

#include "isthmus/formats/atlas.hpp"

namespace isthmus::app {
namespace {

// A step in time beyond this, up or down, is a pause of the archive or a wrong clock.
constexpr Duration kLongestStep = std::chrono::hours(1);
// A probe that has just started without a clock says 1970.
constexpr Duration kWrongClock = std::chrono::days(30);
// So many in a row agree that time went on; or so many others show that it did not.
constexpr std::size_t kStraysToBelieve = 16;

// FNV-1a: the same on every machine, so that a replay is.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
  }
  void add(const IpAddress& address) {
    for (const std::uint8_t byte : address.bytes()) mix(byte);
  }
  void add(std::uint16_t number) {
    mix(number & 0xFFU);
    mix(number >> 8U);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void mix(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  std::uint64_t value_{0xCBF29CE484222325U};
};

// Where the keys tell nothing: by all that is in them.
bool content_before(const Observation& a, const Observation& b) {
  return a != b && formats::to_atlas_json(a) < formats::to_atlas_json(b);
}

bool comes_before(const OrderKey& key_a, const Observation& a, const OrderKey& key_b, const Observation& b) {
  return key_a != key_b ? key_a < key_b : content_before(a, b);
}

}  // namespace

OrderKey order_key_of(const Observation& observation) {
  Hash hash;
  const auto* trace = std::get_if<Trace>(&observation);
  hash.add(vantage_of(observation));
  hash.add(trace != nullptr ? trace->destination : std::get<PingSeries>(observation).address);
  if (trace != nullptr) hash.add(trace->flow.value);
  const std::uint64_t kind = trace != nullptr ? 1 : 0;
  return {.time = time_of(observation), .tie = kind << 63U | hash.value() >> 1U};
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

bool ReorderWindow::is_later(const Held& a, const Held& b) const {
  return comes_before(b.key, slots_[b.slot], a.key, slots_[a.slot]);
}

bool ReorderWindow::must_wait() const {
  if (ended_ || heap_.empty()) return !ended_;
  if (heap_.size() + strays_.size() >= settings_.most_held) return false;
  return *newest_ - heap_.front().key.time < settings_.window;
}

const Observation* ReorderWindow::front() {
  while (must_wait() && read()) {
  }
  return heap_.empty() ? nullptr : &slots_[heap_.front().slot];
}

ReorderWindow::Slot ReorderWindow::pop() {
  std::ranges::pop_heap(heap_, [this](const Held& a, const Held& b) { return is_later(a, b); });
  const Slot slot = heap_.back().slot;
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
  const OrderKey key = order_key_of(slots_[slot]);
  newest_ = std::max(*newest_, key.time);
  heap_.push_back({key, slot});
  std::ranges::push_heap(heap_, [this](const Held& a, const Held& b) { return is_later(a, b); });
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
  return comes_before(archives_[b].key(), *archives_[b].front(), archives_[a].key(), *archives_[a].front());
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
  for (; front() != nullptr && last_ && archives_[heap_.front()].key().time < last_->time; drop()) ++late_;
  if (front() == nullptr) return false;
  const std::size_t archive = pop();
  last_ = archives_[archive].key();
  archives_[archive].take(into);
  advance(archive);
  // Equal ones stand next to each other.
  for (; front() != nullptr && archives_[heap_.front()].key() == *last_ && *front() == into; drop()) ++duplicate_;
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
