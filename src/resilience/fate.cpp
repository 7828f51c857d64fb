#include "resilience/fate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isthmus::resilience {
namespace {

// Assumed: a block on the edge of the internet is cut off once in 20 days.
constexpr double kOutagesADay = 1.0 / 20;
constexpr double kBunching = 24;
constexpr double kLittleBunching = 4;     // Of an address that was never seen to leave.
constexpr double kDaysToKnow = 1.5;       // Until then it might be one that leaves every evening.
constexpr double kPriorDays = 1;          // One departure in as many days.
constexpr double kNamedDeparture = 0.05;  // The same for addresses that the owner names: one in 200 days.
constexpr double kNamedDays = 10;
// Misses after which an address is away, not unlucky: two for each who looks. More of the same one count no more,
// however often it tries: that may be its own way that fails.
constexpr std::uint32_t kMissesEach = 2;
constexpr std::uint32_t kMissesAtLeast = 3;
// A longer gap between two answers was not spent answering, as far as anybody knows.
constexpr double kLongestGapDays = 0.1;

double to_days(Duration duration) { return to_seconds(duration) / 86400; }

}  // namespace

BlockFate::Address& BlockFate::record_of(const IpAddress& address) {
  const auto at = std::ranges::lower_bound(addresses_, address, {}, &Address::address);
  if (at != addresses_.end() && at->address == address) return *at;
  Address fresh;
  fresh.address = address;
  return *addresses_.insert(at, fresh);
}

void BlockFate::name_address(const IpAddress& address) { record_of(address).named = true; }

void BlockFate::handle_answer(const IpAddress& address, Timestamp sent) {
  Address& from = record_of(address);
  if (from.answered && !from.gone) {
    // Nobody was left to see it go.
    if (from.is_away()) ++from.departures;
    if (!from.is_away() && sent > from.last_answer) {
      from.watched_days += std::min(to_days(sent - from.last_answer), kLongestGapDays);
    }
  }
  from.answered = true;
  from.gone = false;
  from.forget_misses();
  from.last_answer = std::max(from.last_answer, sent);
  if (missing_) find_departed(sent);
}

// Who was away before another one answered has left. Whoever was missed only since then may be cut off with all others.
void BlockFate::find_departed(Timestamp answered) {
  missing_ = false;
  for (Address& address : addresses_) {
    if (address.missed == 0) continue;
    if (!address.is_away() || answered <= address.last_answer) {
      missing_ = true;
      continue;
    }
    ++address.departures;
    address.gone = true;
    address.forget_misses();
  }
}

void BlockFate::handle_miss(const IpAddress& address, Timestamp sent, std::size_t vantage, std::size_t watchers) {
  const auto at = std::ranges::lower_bound(addresses_, address, {}, &Address::address);
  if (at == addresses_.end() || at->address != address) return;
  if (!at->answered || at->gone || sent <= at->last_answer || watchers == 0) return;
  at->away_after = std::max(kMissesAtLeast, kMissesEach * static_cast<std::uint32_t>(watchers));
  if (at->misses.size() <= vantage) at->misses.resize(vantage + 1);
  if (at->misses[vantage] >= std::max(kMissesEach, at->away_after / static_cast<std::uint32_t>(watchers))) return;
  ++at->misses[vantage];
  ++at->missed;
  missing_ = true;
}

void BlockFate::handle_pause(Timestamp now) {
  forget_misses();
  slept_until_ = now;
  for (const Address& address : addresses_) slept_from_ = std::max(slept_from_, address.last_answer);
}

std::vector<HostMemory> BlockFate::remember() const {
  std::vector<HostMemory> hosts;
  for (const Address& address : addresses_) {
    if (!address.answered) continue;
    hosts.push_back({.address = address.address,
                     .last_answer = address.last_answer,
                     .watched_days = address.watched_days,
                     .departures = address.departures,
                     .gone = address.gone});
  }
  return hosts;
}

void BlockFate::restore(const std::vector<HostMemory>& hosts) {
  for (const HostMemory& host : hosts) {
    Address& address = record_of(host.address);
    address.last_answer = host.last_answer;
    address.watched_days = host.watched_days;
    address.departures = host.departures;
    address.answered = true;
    address.gone = host.gone;
  }
}

void BlockFate::Address::forget_misses() {
  misses.clear();
  missed = 0;
}

void BlockFate::forget_misses() {
  for (Address& address : addresses_) address.forget_misses();
  missing_ = false;
}

double BlockFate::departure_rate(const Address& address) {
  const double prior = address.named ? kNamedDeparture : 1;
  const double prior_days = address.named ? kNamedDays : kPriorDays;
  const double mean = (prior + address.departures) / (prior_days + address.watched_days);
  if (address.departures > 0) return mean * kBunching;
  if (address.named) return mean;
  return mean * (address.watched_days < kDaysToKnow ? kBunching : kLittleBunching);
}

BlockFate::Silence BlockFate::silence() const {
  Silence result;
  for (const Address& address : addresses_) {
    if (!address.answered || address.gone) continue;
    const bool first = result.addresses++ == 0;
    result.first_left = first ? address.last_answer : std::min(result.first_left, address.last_answer);
    const bool while_we_slept = address.last_answer <= slept_from_;
    result.last_left = std::max(result.last_left, while_we_slept ? slept_until_ : address.last_answer);
    result.log_departure_rates += std::log(departure_rate(address));
  }
  return result;
}

double BlockFate::log_odds(const Silence& silence, Duration round) {
  if (silence.addresses == 0) return -std::numeric_limits<double>::infinity();
  const Duration window = window_of(silence, round);
  // Neither is an outage likelier than certain, however long nobody looked.
  return std::min(0.0, std::log(kOutagesADay * to_days(window))) - log_coincidence(silence, window);
}

Duration BlockFate::window_of(const Silence& silence, Duration round) {
  return silence.last_left - silence.first_left + round;
}

// However many leave at that hour: that all of them do is no likelier than certain.
double BlockFate::log_coincidence(const Silence& silence, Duration window) {
  const auto addresses = static_cast<double>(silence.addresses);
  return std::min(0.0, silence.log_departure_rates + addresses * std::log(to_days(window)));
}

BlockFate::Silence BlockFate::join(const Silence& a, const Silence& b) {
  if (a.addresses == 0) return b;
  if (b.addresses == 0) return a;
  return {.addresses = a.addresses + b.addresses,
          .first_left = std::min(a.first_left, b.first_left),
          .last_left = std::max(a.last_left, b.last_left),
          .log_departure_rates = a.log_departure_rates + b.log_departure_rates};
}

}  // namespace isthmus::resilience
