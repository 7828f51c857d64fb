#include "probes/ping/discovery.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "probes/ping/objection.hpp"

namespace isthmus::probes {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(2);

// How many addresses of a range can be hosts: without the network and broadcast address where there are any.
std::uint64_t host_count(const Prefix& prefix) {
  const std::uint64_t size = std::uint64_t{1} << (32 - prefix.length());
  return size > 2 ? size - 2 : size;
}

IpAddress host_at(const Prefix& prefix, std::uint64_t index) {
  const std::uint64_t first = prefix.length() < 31 ? 1 : 0;
  return IpAddress::v4(static_cast<std::uint32_t>(prefix.address().v4_value() + first + index));
}

}  // namespace

Discovery::Discovery(EchoCodec codec, SourceLookup source_for, std::uint64_t order_key)
    : sources_(std::move(codec)), source_for_(std::move(source_for)), order_key_(order_key) {}

schedule::RandomOrder Discovery::fresh_order(const Range& range) { return {host_count(range.prefix), order_key_++}; }

void Discovery::set_ranges(std::vector<Census> wanted, const DiscoverySettings& settings, double rate, Instant now) {
  settings_ = settings;
  const auto by_range = [](const Census& a, const Census& b) { return a.range < b.range; };
  const auto same_range = [](const Census& a, const Census& b) { return a.range == b.range; };
  std::sort(wanted.begin(), wanted.end(), by_range);
  wanted.erase(std::unique(wanted.begin(), wanted.end(), same_range), wanted.end());
  if (const double gentle = settings.block_probes_per_hour; gentle > 0) {
    rate = std::min(rate, static_cast<double>(std::max<std::size_t>(1, wanted.size())) * gentle / 3600);
  }
  if (rate != rate_) bucket_ = schedule::TokenBucket(rate_ = rate);
  bucket_ready_ = Instant::min();
  std::vector<Search> before = std::exchange(searches_, {});
  std::vector<std::uint32_t> moved(before.size(), ProbeLedger::kNoOwner);
  std::size_t old = 0;
  std::size_t first_turn = 0;  // Behind the range that was asked last, so that none waits for ever.
  for (Census& census : wanted) {
    const auto index = static_cast<std::uint32_t>(searches_.size());
    while (old < before.size() && before[old].range < census.range) ++old;
    if (old <= asked_last_) first_turn = index + 1;
    if (old < before.size() && before[old].range == census.range) {
      moved[old] = index;
      searches_.push_back(take_over(std::move(before[old++]), std::move(census.live), now));
    } else {
      const auto order = fresh_order(census.range);
      searches_.push_back({.range = std::move(census.range),
                           .order = order,
                           .live = std::move(census.live),
                           .pause = settings_.rescan_pause});
    }
  }
  ledger_.change_owners(moved);
  take_turns(before.empty() ? 0 : first_turn);
}

Discovery::Search Discovery::take_over(Search before, std::vector<IpAddress> live, Instant now) const {
  if (live.size() < before.live.size()) {
    before.pause = settings_.rescan_pause;
    if (before.resume > now) before.resume = std::min(before.resume, now + before.pause);
  }
  before.pause = std::clamp(before.pause, settings_.rescan_pause, longest_pause());
  before.live = std::move(live);
  return before;
}

void Discovery::take_turns(std::size_t first) {
  turn_.clear();
  for (std::size_t i = 0; i < searches_.size(); ++i) {
    const std::size_t index = (first + i) % searches_.size();
    if (!has_enough(searches_[index])) turn_.push_back(static_cast<std::uint32_t>(index));
  }
  asked_last_ = 0;
}

std::optional<PingProbe> Discovery::poll_probe(Instant now) {
  if (turn_.empty()) return std::nullopt;
  if (const Duration wait = bucket_.wait(now); wait > Duration::zero()) {
    bucket_ready_ = now + wait;
    return std::nullopt;
  }
  for (std::size_t tried = turn_.size(); tried > 0 && !turn_.empty(); --tried) {
    const std::uint32_t index = turn_.pop_front();
    Search& search = searches_[index];
    if (has_enough(search)) continue;
    turn_.push_back(index);
    const auto address = next_address(search, now);
    if (!address) continue;
    const auto source = source_for_(*address);
    if (!source) continue;
    asked_last_ = index;
    bucket_.take(now);
    bucket_ready_ = now + bucket_.wait(now);
    const std::uint64_t number = ledger_.open(
        {.sent = now, .wall = {}, .owner = index, .source = sources_.index_of(*source)}, ProbeLedger::kNoNumber);
    return PingProbe{number, *source, *address};
  }
  // Nothing to ask at present: look again when the first pause may be over, and not at every call.
  bucket_ready_ = Instant::max();
  for (std::size_t i = 0; i < turn_.size(); ++i) bucket_ready_ = std::min(bucket_ready_, searches_[turn_[i]].resume);
  bucket_ready_ = std::max(bucket_ready_, now + bucket_.interval());
  return std::nullopt;
}

// The next address of a pass that may be asked; a pass that is over is followed by a pause and another order.
std::optional<IpAddress> Discovery::next_address(Search& search, Instant now) {
  if (search.resume > now) return std::nullopt;
  while (search.position < search.order.size()) {
    const IpAddress address = host_at(search.range.prefix, search.order.at(search.position++));
    if (deny_.contains(address) || std::ranges::binary_search(search.live, address)) continue;
    return address;
  }
  search.order = fresh_order(search.range);
  search.position = 0;
  search.resume = now + search.pause;
  search.pause = std::min(2 * search.pause, longest_pause());
  return std::nullopt;
}

std::vector<std::byte> Discovery::encode(const PingProbe& probe) const {
  std::array<std::byte, PingSources::kMaxPacket> buffer;
  const auto packet = encode(probe, buffer);
  return {packet.begin(), packet.end()};
}

std::optional<InvalidReason> Discovery::handle_reply(const wire::DecodedPacket& packet, Instant received) {
  const auto claim = sources_.claim(packet);
  if (!claim) return InvalidReason::not_ours;
  const auto number = find(*claim, packet);
  if (!number) return InvalidReason::bad_tag;
  const ProbeLedger::Entry* entry = ledger_.find(*number);
  if (const auto against = objection(entry, sources_, packet, received, kTimeout)) return against;
  const std::uint32_t owner = entry->owner;
  ledger_.finish(*number, ProbeLedger::State::answered);
  if (packet.kind != ReplyKind::echo_reply || owner == ProbeLedger::kNoOwner) return std::nullopt;
  Search& search = searches_[owner];
  const auto place = std::ranges::lower_bound(search.live, claim->destination);
  const bool known = place != search.live.end() && *place == claim->destination;
  if (known || has_enough(search)) return std::nullopt;
  search.live.insert(place, claim->destination);
  found_.push_back({search.range.target, claim->destination});
  return std::nullopt;
}

std::optional<std::uint64_t> Discovery::find(const PingClaim& claim, const wire::DecodedPacket& packet) const {
  for (std::uint64_t number = ledger_.latest_like(claim.number, claim.mask); number != ProbeLedger::kNoNumber;
       number = ledger_.previous_like(number, claim.mask)) {
    const auto verdict = sources_.verify(packet, {number, packet.ip.destination, claim.destination});
    if (verdict.strength != Verdict::Strength::none) return number;
  }
  return std::nullopt;
}

void Discovery::handle_send_failure(std::uint64_t number) { ledger_.finish(number, ProbeLedger::State::cancelled); }

void Discovery::handle_timeout(Instant now) {
  while (ledger_.pop_expired(now, kTimeout)) {
  }
}

Instant Discovery::next_timeout() const { return ledger_.next_deadline(kTimeout); }

std::optional<Discovery::Found> Discovery::poll_found() {
  if (found_.empty()) return std::nullopt;
  return found_.pop_front();
}

Instant Discovery::next_probe_time() const { return turn_.empty() ? Instant::max() : bucket_ready_; }

}  // namespace isthmus::probes
