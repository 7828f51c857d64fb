#include "isthmus/schedule/router_budget.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

// A caller that comes late, or in batches, may ask this much of the rate at once. Routers save up no less.
constexpr Duration kTolerance = 10ms;
constexpr Duration kLongestSettle = 5s;  // a machine that slept has given nothing up late
constexpr std::size_t kFirstSlots = 64;

std::uint64_t mix(std::uint64_t high, std::uint64_t low) {
  std::uint64_t mixed = (low ^ (high * 0x9e3779b97f4a7c15ULL)) * 0xd6e8feb86659fd93ULL;
  return mixed ^ (mixed >> 32);
}

}  // namespace

RouterBudget::RouterBudget(double ceiling, std::size_t capacity) : capacity_(std::max<std::size_t>(1, capacity)) {
  set_ceiling(ceiling);
  index_.resize(kFirstSlots);
}

RouterBudget::Key RouterBudget::key_of(const IpAddress& router) {
  if (router.is_v4()) return {0, 0xffff00000000ULL | router.v4_value()};
  Key key;
  std::memcpy(&key.high, router.bytes().data(), 8);
  std::memcpy(&key.low, router.bytes().data() + 8, 8);
  return key;
}

// Where the key is, or where it would be put.
std::size_t RouterBudget::slot_of(const Key& key) const {
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = mix(key.high, key.low) & mask;
  while (index_[slot] != 0 && entries_[index_[slot] - 1].key != key) slot = (slot + 1) & mask;
  return slot;
}

const RouterBudget::Entry* RouterBudget::find(const IpAddress& router) const {
  const std::uint32_t position = index_[slot_of(key_of(router))];
  return position == 0 ? nullptr : &entries_[position - 1];
}

RouterBudget::Entry* RouterBudget::find(const IpAddress& router) {
  const std::uint32_t position = index_[slot_of(key_of(router))];
  return position == 0 ? nullptr : &entries_[position - 1];
}

RouterBudget::Entry* RouterBudget::find_or_add(const IpAddress& router, Instant now) {
  const Key key = key_of(router);
  if (const std::uint32_t position = index_[slot_of(key)]; position != 0) return &entries_[position - 1];
  if (entries_.size() >= capacity_ && !make_room(now)) return nullptr;
  if (2 * (entries_.size() + 1) > index_.size()) rebuild_index(2 * index_.size());
  entries_.push_back({key, now, {}});
  index_[slot_of(key)] = static_cast<std::uint32_t>(entries_.size());
  return &entries_.back();
}

// Forgets a quarter of the routers: of those that may be asked again anyway, first those without a limit, then those
// asked longest ago. So the work of finding them is shared by many additions.
bool RouterBudget::make_room(Instant now) {
  if (now < full_until_) return false;
  const auto idle_end = std::partition(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.next <= now; });
  if (idle_end == entries_.begin()) {
    full_until_ = std::min_element(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
                    return a.next < b.next;
                  })->next;
  }
  const auto idle = static_cast<std::size_t>(idle_end - entries_.begin());
  const std::size_t leave = std::min(idle, std::max<std::size_t>(1, capacity_ / 4));
  std::nth_element(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(leave), idle_end,
                   [](const Entry& a, const Entry& b) {
                     const bool a_limited = a.estimator.limit() < LimitEstimator::kUnlimited;
                     const bool b_limited = b.estimator.limit() < LimitEstimator::kUnlimited;
                     return a_limited != b_limited ? b_limited : a.next < b.next;
                   });
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(leave));
  rebuild_index(index_.size());
  return leave > 0;
}

void RouterBudget::rebuild_index(std::size_t slots) {
  index_.assign(slots, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i)
    index_[slot_of(entries_[i].key)] = static_cast<std::uint32_t>(i + 1);
}

Duration RouterBudget::interval_of(const Entry& entry) const {
  const double rate = std::min(ceiling_, entry.estimator.rate());
  return Duration(static_cast<Duration::rep>(1e9 / rate) + (rate < LimitEstimator::kUnlimited ? 1 : 0));
}

Duration RouterBudget::wait(const IpAddress& router, Instant now) const {
  const Entry* entry = find(router);
  if (entry == nullptr || entry->next <= now) return Duration::zero();
  const Duration tolerance = std::max(Duration::zero(), kTolerance - interval_of(*entry));
  return std::max(Duration::zero(), entry->next - now - tolerance);
}

bool RouterBudget::take(const IpAddress& router, Instant now) {
  Entry* entry = ceiling_ < LimitEstimator::kUnlimited ? find_or_add(router, now) : find(router);
  if (entry == nullptr) return ceiling_ == LimitEstimator::kUnlimited;
  const Duration interval = interval_of(*entry);
  if (entry->next > now + std::max(Duration::zero(), kTolerance - interval)) return false;
  entry->next = std::max(entry->next, now) + interval;
  entry->estimator.asked(now, settle_);
  return true;
}

void RouterBudget::answered(const IpAddress& router, Instant sent, Instant now) {
  if (Entry* entry = find(router)) entry->estimator.answered(sent, now, settle_);
}

void RouterBudget::unanswered(const IpAddress& router, Instant sent, Instant now, Silence silence) {
  settle_ = std::clamp(now - sent, settle_, kLongestSettle);
  if (silence == Silence::path) {
    if (Entry* entry = find(router)) entry->estimator.excused(sent);
  } else if (Entry* entry = find_or_add(router, now)) {
    entry->estimator.unanswered(sent, now, settle_);
  }
}

bool RouterBudget::is_slowed(const IpAddress& router) const {
  const Entry* entry = find(router);
  return entry != nullptr && entry->estimator.rate() < ceiling_;
}

std::optional<double> RouterBudget::limit(const IpAddress& router) const {
  const Entry* entry = find(router);
  if (entry == nullptr || entry->estimator.limit() == LimitEstimator::kUnlimited) return std::nullopt;
  return entry->estimator.limit();
}

}  // namespace isthmus::schedule
