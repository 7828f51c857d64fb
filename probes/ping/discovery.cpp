#include "probes/ping/discovery.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "probes/reply.hpp"

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

void Discovery::set_ranges(const std::vector<Range>& ranges, const DiscoverySettings& settings, double rate) {
  settings_ = settings;
  if (rate != rate_) bucket_ = schedule::TokenBucket(rate_ = rate);
  bucket_ready_ = Instant::min();
  std::vector<Range> wanted = ranges;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<Search> before = std::exchange(searches_, {});
  std::vector<std::uint32_t> moved(before.size(), ProbeLedger::kNoOwner);
  turn_.clear();
  std::size_t old = 0;
  for (Range& range : wanted) {
    const auto index = static_cast<std::uint32_t>(searches_.size());
    while (old < before.size() && before[old].range < range) ++old;
    if (old < before.size() && before[old].range == range) {
      moved[old] = index;
      searches_.push_back(std::move(before[old++]));
    } else {
      searches_.push_back({range, fresh_order(range)});
    }
    if (searches_.back().found < settings_.addresses_per_block) turn_.push_back(index);
  }
  ledger_.change_owners(moved);
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
    if (search.found >= settings_.addresses_per_block) continue;
    turn_.push_back(index);
    const auto address = next_address(search, now);
    if (!address) continue;
    const auto source = source_for_(*address);
    if (!source) continue;
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
    if (!deny_.contains(address)) return address;
  }
  search.order = fresh_order(search.range);
  search.position = 0;
  search.resume = now + settings_.rescan_pause;
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
  if (entry == nullptr) return InvalidReason::too_late;
  if (sources_.address(entry->source) != packet.ip.destination) return InvalidReason::bad_tag;
  if (entry->state == ProbeLedger::State::answered) return InvalidReason::duplicate;
  if (entry->state != ProbeLedger::State::out) return InvalidReason::too_late;
  const Duration rtt = received - entry->sent;
  if (!is_possible(rtt)) return InvalidReason::impossible;
  if (rtt > kTimeout) return InvalidReason::too_late;
  const std::uint32_t owner = entry->owner;
  ledger_.finish(*number, ProbeLedger::State::answered);
  if (packet.kind != ReplyKind::echo_reply || owner == ProbeLedger::kNoOwner) return std::nullopt;
  Search& search = searches_[owner];
  if (search.found++ < settings_.addresses_per_block) found_.push_back({search.range.target, claim->destination});
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
