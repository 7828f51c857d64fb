#include "probes/ping/discovery.hpp"

#include <algorithm>

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
    : ledger_(std::move(codec)), source_for_(std::move(source_for)), order_key_(order_key) {}

schedule::RandomOrder Discovery::fresh_order(const Range& range) { return {host_count(range.prefix), order_key_++}; }

void Discovery::set_ranges(const std::vector<Range>& ranges, const DiscoverySettings& settings, double rate) {
  settings_ = settings;
  if (rate != rate_) bucket_ = schedule::TokenBucket(rate_ = rate);
  bucket_ready_ = Instant::min();
  std::map<Range, Search> searches;
  turn_.clear();
  for (const Range& range : ranges) {
    auto node = searches_.extract(range);
    if (node) {
      searches.insert(std::move(node));
    } else {
      searches.emplace(range, Search{fresh_order(range)});
    }
  }
  searches_ = std::move(searches);
  for (const auto& [range, search] : searches_) {
    if (search.found < settings_.addresses_per_block) turn_.push_back(range);
  }
}

std::optional<EchoProbe> Discovery::poll_probe(Instant now) {
  if (turn_.empty()) return std::nullopt;
  if (const Duration wait = bucket_.wait(now); wait > Duration::zero()) {
    bucket_ready_ = now + wait;
    return std::nullopt;
  }
  for (std::size_t tried = turn_.size(); tried > 0 && !turn_.empty(); --tried) {
    const Range range = std::move(turn_.front());
    turn_.pop_front();
    Search& search = searches_.at(range);
    if (search.found >= settings_.addresses_per_block) continue;
    turn_.push_back(range);
    const auto address = next_address(range, search, now);
    if (!address) continue;
    const auto source = source_for_(*address);
    if (!source) continue;
    bucket_.take(now);
    bucket_ready_ = now + bucket_.wait(now);
    const EchoProbe probe = ledger_.open(*source, *address, now, now + kTimeout);
    sent_.emplace(probe.number, std::pair(range, *address));
    return probe;
  }
  // Nothing to ask at present: look again when the first pause may be over, and not at every call.
  bucket_ready_ = Instant::max();
  for (const Range& range : turn_) bucket_ready_ = std::min(bucket_ready_, searches_.at(range).resume);
  bucket_ready_ = std::max(bucket_ready_, now + bucket_.interval());
  return std::nullopt;
}

// The next address of a pass that may be asked; a pass that is over is followed by a pause and another order.
std::optional<IpAddress> Discovery::next_address(const Range& range, Search& search, Instant now) {
  if (search.resume > now) return std::nullopt;
  while (search.position < search.order.size()) {
    const IpAddress address = host_at(range.prefix, search.order.at(search.position++));
    if (!deny_.contains(address)) return address;
  }
  search.order = fresh_order(range);
  search.position = 0;
  search.resume = now + settings_.rescan_pause;
  return std::nullopt;
}

std::optional<InvalidReason> Discovery::handle_reply(const wire::DecodedPacket& packet, Instant received) {
  const auto settled = ledger_.settle(packet, received);
  if (const auto* reason = std::get_if<InvalidReason>(&settled)) return *reason;
  const auto& answer = std::get<EchoLedger::Answer>(settled);
  const auto node = sent_.extract(answer.number);
  const auto& [range, address] = node.mapped();
  const auto search = searches_.find(range);
  if (answer.reply.kind != ReplyKind::echo_reply || search == searches_.end()) return std::nullopt;
  if (search->second.found++ < settings_.addresses_per_block) found_.push_back({range.target, address});
  return std::nullopt;
}

void Discovery::handle_send_failure(std::uint64_t number) {
  if (ledger_.cancel(number)) sent_.erase(number);
}

void Discovery::handle_timeout(Instant now) {
  while (const auto number = ledger_.pop_expired(now)) sent_.erase(*number);
}

std::optional<Discovery::Found> Discovery::poll_found() {
  if (found_.empty()) return std::nullopt;
  Found found = std::move(found_.front());
  found_.pop_front();
  return found;
}

Instant Discovery::next_probe_time() const { return turn_.empty() ? Instant::max() : bucket_ready_; }

}  // namespace isthmus::probes
