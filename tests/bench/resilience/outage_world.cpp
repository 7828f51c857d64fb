#include "bench/resilience/outage_world.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::bench {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Duration days(double count) { return Duration(static_cast<Duration::rep>(count * 86400e9)); }
Duration hours_of(double count) { return days(count / 24); }

bool in_any(const std::vector<Span>& spans, Timestamp time) {
  const auto after = std::ranges::upper_bound(spans, time, {}, &Span::begin);
  return after != spans.begin() && std::prev(after)->holds(time);
}

// Of 100 blocks.
Habit habit_of(std::uint32_t number) {
  const std::uint32_t part = number * 37 % 100;
  if (part < 40) return Habit::steady;
  if (part < 60) return Habit::diurnal;
  if (part < 80) return Habit::sparse;
  return part < 90 ? Habit::moving : Habit::lone;
}

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDULL;
  x ^= x >> 33;
  x *= 0xC4CEB9FE1A85EC53ULL;
  return x ^ (x >> 33);
}

}  // namespace

bool SimulatedBlock::has_host(Timestamp time) const {
  return std::ranges::any_of(hosts, [&](const Host& host) { return in_any(host.present, time); });
}

OutageWorld::OutageWorld(const OutageSettings& settings, Timestamp start)
    : settings_(settings), start_(start), end_(start + hours(24) * settings.days), random_(settings.seed) {
  blocks_.resize(settings.blocks);
  for (std::uint32_t b = 0; b < settings.blocks; ++b) populate(blocks_[b], b);
  for (SimulatedBlock& block : blocks_) plan_outages(block);
  plan_blindness();
}

void OutageWorld::populate(SimulatedBlock& block, std::uint32_t number) {
  const std::uint32_t base = 0x0A000000U + (number << 8);
  block.block = Block::of(IpAddress::v4(base));
  block.habit = habit_of(number);
  const std::uint32_t count = block.habit == Habit::lone     ? 1
                              : block.habit == Habit::sparse ? 1 + static_cast<std::uint32_t>(random_() % 3)
                                                             : 2 + static_cast<std::uint32_t>(random_() % 4);
  for (std::uint32_t h = 0; h < count; ++h) {
    Host host{.address = IpAddress::v4(base + 1 + h), .answer_rate = 1, .present = {}};
    switch (block.habit) {
      case Habit::sparse: host.answer_rate = 0.4 + 0.5 * uniform_(random_); [[fallthrough]];
      case Habit::steady:
      case Habit::lone: host.present.push_back({start_, end_}); break;
      case Habit::diurnal:
        for (std::uint32_t day = 0; day < settings_.days; ++day) {
          const Timestamp midnight = start_ + hours(24) * day;
          host.present.push_back(
              {midnight + hours_of(7.5 + uniform_(random_)), midnight + hours_of(17.5 + uniform_(random_))});
        }
        break;
      case Habit::moving:
        for (Timestamp at = start_ + days(exponential(0.5)); at < end_;) {
          const Timestamp left = at + days(exponential(4));
          host.present.push_back({at, std::min(left, end_)});
          at = left + days(exponential(2));
        }
        break;
    }
    block.hosts.push_back(std::move(host));
  }
}

// Not in the first two days, in which everybody still learns; apart by a day; from one round to twelve hours long.
void OutageWorld::plan_outages(SimulatedBlock& block) {
  const double shortest = to_seconds(settings_.round);
  for (Timestamp at = start_ + hours(48) + days(exponential(1 / settings_.outages_per_day)); at < end_ - hours(14);
       at += hours(24) + days(exponential(1 / settings_.outages_per_day))) {
    const double seconds = shortest * std::pow(12 * 3600 / shortest, uniform_(random_));
    const auto length = Duration(static_cast<Duration::rep>(seconds * 1e9));
    // Only where somebody answered until then is there anything to see.
    if (!block.has_host(at - settings_.round) || !block.has_host(at)) continue;
    block.outages.push_back({at, at + length});
    block.cuts.push_back(static_cast<std::uint8_t>(1 + random_() % (kRouters - 2)));
  }
}

void OutageWorld::plan_blindness() {
  blind_.resize(settings_.vantages);
  private_losses_.resize(settings_.vantages);
  for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
    for (Timestamp at = start_ + days(exponential(3)); at < end_; at += days(exponential(3))) {
      blind_[v].push_back({at, at + minutes(5) + hours_of(exponential(1))});
      at = blind_[v].back().end;
    }
    for (Timestamp at = start_ + days(exponential(0.5)); at < end_; at += days(exponential(0.5))) {
      private_losses_[v].push_back({random_() % blocks_.size(), {at, at + hours_of(24 * uniform_(random_))}});
    }
  }
}

bool OutageWorld::is_blind(std::uint32_t vantage, Timestamp time) const { return in_any(blind_[vantage], time); }

bool OutageWorld::answers(std::uint32_t vantage, std::size_t block, const Host& host, Timestamp time) {
  const SimulatedBlock& in = blocks_[block];
  if (is_blind(vantage, time) || in_any(in.outages, time) || !in_any(host.present, time)) return false;
  for (const PrivateLoss& loss : private_losses_[vantage]) {
    if (loss.block == block && loss.span.holds(time)) return false;
  }
  const auto round = static_cast<std::uint64_t>((time - start_) / settings_.round);
  const std::uint64_t chance = mix((round * settings_.vantages + vantage) * 1'000'003 + block + settings_.seed * 77);
  if (static_cast<double>(chance >> 11) * 0x1.0p-53 < settings_.silent_rounds) return false;
  return uniform_(random_) < host.answer_rate && !lost();
}

IpAddress OutageWorld::router(std::uint32_t vantage, std::size_t block, std::uint8_t ttl) {
  if (ttl == kRouters) return IpAddress::v4(0x0A000000U + (static_cast<std::uint32_t>(block) << 8) + 254);
  if (ttl >= 3) return IpAddress::v4(0xCB007100U + ttl);     // The provider's, shared by all.
  return IpAddress::v4(0xC6120000U + (vantage << 8) + ttl);  // The vantage point's own.
}

Trace OutageWorld::trace(std::uint32_t vantage, std::size_t block, const Host& host, Timestamp time) {
  const SimulatedBlock& in = blocks_[block];
  Trace seen;
  seen.vantage = vantage_name(vantage);
  seen.target = "simulated";
  seen.destination = host.address;
  seen.started = time;
  seen.ended = time + std::chrono::seconds(2);
  std::uint8_t reach = kRouters;
  for (std::size_t i = 0; i < in.outages.size(); ++i) {
    if (in.outages[i].holds(time)) reach = in.cuts[i];
  }
  if (is_blind(vantage, time)) reach = 0;
  const auto add = [&](const IpAddress& from, ReplyKind kind) {
    Outcome outcome = TimedOut{};
    // Two attempts a hop.
    if (!lost() || !lost()) {
      Reply reply;
      reply.from = from;
      reply.kind = kind;
      reply.rtt = std::chrono::milliseconds(50);
      outcome = reply;
    }
    seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {outcome}});
    return reply_of(outcome) != nullptr;
  };
  for (std::uint8_t ttl = 1; ttl <= reach; ++ttl) add(router(vantage, block, ttl), ReplyKind::time_exceeded);
  if (reach == kRouters && in_any(host.present, time) && add(host.address, ReplyKind::unreachable)) {
    seen.stop = StopReason::reached;
    return seen;
  }
  for (int i = 0; i < 3; ++i) {
    seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {TimedOut{}}});
  }
  return seen;
}

}  // namespace isthmus::bench
