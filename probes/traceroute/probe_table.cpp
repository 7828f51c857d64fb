#include "probes/traceroute/probe_table.hpp"

#include <algorithm>

#include "probes/reply.hpp"

namespace isthmus::probes {
namespace {

constexpr std::uint64_t kSlots = 65535;  // 1 to 65535: an IP-ID of 0 would be filled in by the kernel
// How many finished probes are remembered, to tell a duplicate from a late answer.
constexpr std::size_t kRemembered = 16384;

}  // namespace

ProbeTable::ProbeTable(SlotCodec codec, std::uint64_t order_key, std::vector<std::uint16_t> reserved)
    : codec_(std::move(codec)), order_(kSlots, order_key), reserved_(std::move(reserved)) {}

std::optional<SlotProbe> ProbeTable::open(const TraceRequest& request, const Owner& owner, Instant sent) {
  const auto slot = free_slot();
  if (!slot) return std::nullopt;
  const std::uint64_t number = next_;
  Entry entry{codec_.make(request, *slot, number), owner, sent, State::out, number};
  slot_of_owner_[key_of(owner)] = *slot;
  return entries_.insert_or_assign(*slot, std::move(entry)).first->second.probe;
}

std::optional<std::uint16_t> ProbeTable::free_slot() {
  for (std::uint64_t tried = 0; tried < kSlots; ++tried) {
    const auto slot = static_cast<std::uint16_t>(1 + order_.at(next_++ % kSlots));
    if (std::find(reserved_.begin(), reserved_.end(), slot) != reserved_.end()) continue;
    const auto entry = entries_.find(slot);
    if (entry == entries_.end() || entry->second.state != State::out) return slot;
  }
  return std::nullopt;
}

std::variant<ProbeTable::Answer, InvalidReason> ProbeTable::settle(const wire::DecodedPacket& packet,
                                                                   Instant received) {
  const auto slot = codec_.slot_of(packet);
  if (!slot) return InvalidReason::not_ours;
  const auto found = entries_.find(*slot);
  if (found == entries_.end()) {
    // Source ports in our range make a quoted UDP datagram a claim to be ours; echo requests are sent by others too.
    const auto* error = std::get_if<wire::IcmpError>(&packet.message);
    const bool claims = error != nullptr && std::holds_alternative<wire::QuotedUdp>(error->transport);
    return claims ? InvalidReason::bad_tag : InvalidReason::not_ours;
  }
  Entry& entry = found->second;
  if (!SlotCodec::answers(packet, entry.probe)) return InvalidReason::bad_tag;
  if (entry.state == State::expired) return InvalidReason::too_late;
  if (entry.state == State::answered) return InvalidReason::duplicate;
  const Duration rtt = received - entry.sent;
  if (!is_possible(rtt)) return InvalidReason::impossible;
  finish(entry, State::answered);
  return Answer{entry.owner, make_reply(packet, rtt)};
}

std::optional<ProbeTable::Owner> ProbeTable::give_up(std::uint16_t slot) {
  const auto found = entries_.find(slot);
  if (found == entries_.end() || found->second.state != State::out) return std::nullopt;
  const Owner owner = found->second.owner;
  finish(found->second, State::expired);
  return owner;
}

void ProbeTable::give_up(const Owner& owner) {
  const auto slot = slot_of_owner_.find(key_of(owner));
  if (slot != slot_of_owner_.end()) give_up(slot->second);
}

void ProbeTable::finish(Entry& entry, State state) {
  entry.state = state;
  slot_of_owner_.erase(key_of(entry.owner));
  finished_.emplace_back(entry.probe.slot, entry.number);
  if (finished_.size() <= kRemembered) return;
  // The slot may have been used again since; then its entry is another probe's.
  const auto [slot, number] = finished_.front();
  finished_.pop_front();
  const auto oldest = entries_.find(slot);
  if (oldest != entries_.end() && oldest->second.number == number) entries_.erase(oldest);
}

}  // namespace isthmus::probes
