#include "probes/traceroute/probe_table.hpp"

#include <algorithm>

#include "probes/reply.hpp"

namespace isthmus::probes {
namespace {

// A number is a count, which never repeats, and the slot of the entry.
constexpr int kSlotBits = 24;
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
// How many finished probes are remembered, to tell a duplicate from a late answer.
constexpr std::size_t kRemembered = 16384;
// Flows that are tried for a quote whose port was rewritten: a few, since each has a chance to match by accident.
constexpr std::uint16_t kGuessedFlows = 16;

std::size_t slot_of(std::uint64_t number) { return number % kSlots; }

}  // namespace

std::size_t ProbeTable::Hash::operator()(const TraceProbe& probe) const {
  const std::uint64_t rest =
      std::uint64_t{probe.flow.value} << 16 | std::uint64_t{probe.ttl} << 8 | (probe.retry ? 1U : 0U);
  return std::hash<IpAddress>{}(probe.destination) ^ static_cast<std::size_t>(rest * 0x9e3779b97f4a7c15ULL);
}

void ProbeTable::use(Protocol protocol, std::uint16_t destination_port, std::uint16_t flows) {
  codecs_.use(protocol, destination_port);
  flows_ = flows;
}

ProbeTable::Entry* ProbeTable::entry_of(std::uint64_t number) {
  const std::size_t slot = slot_of(number);
  return slot < entries_.size() && entries_[slot].number == number && entries_[slot].state != State::unused
             ? &entries_[slot]
             : nullptr;
}

std::optional<std::uint32_t> ProbeTable::free_slot() {
  if (!spare_.empty()) {
    const std::uint32_t slot = spare_.back();
    spare_.pop_back();
    return slot;
  }
  if (entries_.size() >= kSlots) return std::nullopt;
  entries_.emplace_back();
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

std::optional<OpenProbe> ProbeTable::open(const TraceProbe& probe, const IpAddress& source, std::uint64_t run,
                                          Instant sent) {
  const auto known = numbers_.find(probe);
  Entry* before = known == numbers_.end() ? nullptr : entry_of(known->second);
  if (before != nullptr && before->state == State::out) return std::nullopt;
  const std::uint64_t number_before = before == nullptr ? 0 : before->number;
  const auto slot = free_slot();
  if (!slot) return std::nullopt;
  const std::uint64_t number = ++opened_ << kSlotBits | *slot;
  entries_[*slot] = {probe, State::out, number, number_before, run, sent};
  numbers_.insert_or_assign(probe, number);
  return OpenProbe{probe, source, number};
}

std::span<const std::byte> ProbeTable::encode(const OpenProbe& probe,
                                              std::span<std::byte, TraceCodec::kMaxPacket> out) {
  return codecs_.of(probe.source).encode(probe.probe, probe.number, out);
}

std::variant<ProbeTable::Answer, InvalidReason> ProbeTable::settle(const wire::DecodedPacket& packet,
                                                                   Instant received) {
  const TraceCodec* codec = codecs_.find(packet.ip.destination);
  if (codec == nullptr) return InvalidReason::not_ours;
  const TraceClaims claims = codec->claims(packet);
  if (claims.size == 0) return InvalidReason::not_ours;
  const Match match = find(*codec, packet, claims);
  if (match.entry == nullptr) {
    // A port of ours makes a quote a claim to be ours; echo requests with any id are sent by others too.
    const bool known = std::ranges::any_of(claims.view(), [this](const TraceProbe& p) { return numbers_.contains(p); });
    const bool anybodys = codec->settings().protocol == Protocol::icmp || !claims.flow_known;
    return known || !anybodys ? InvalidReason::bad_tag : InvalidReason::not_ours;
  }
  Entry& entry = *match.entry;
  if (entry.state == State::expired) return InvalidReason::too_late;
  if (entry.state == State::answered) return InvalidReason::duplicate;
  const Duration rtt = received - entry.sent;
  if (!is_possible(rtt)) return InvalidReason::impossible;
  Answer answer{{entry.run, entry.probe}, make_reply(packet, rtt)};
  answer.reply.weak = match.verdict.strength == Verdict::Strength::weak;
  answer.reply.rewritten = match.verdict.rewritten;
  finish(entry, State::answered);
  return answer;
}

ProbeTable::Match ProbeTable::find(const TraceCodec& codec, const wire::DecodedPacket& packet,
                                   const TraceClaims& claims) {
  Match best;
  for (TraceProbe claim : claims.view()) {
    const auto first = claims.flow_known ? claim.flow.value : std::uint16_t{0};
    const auto count = claims.flow_known ? std::uint16_t{1} : std::min(flows_, kGuessedFlows);
    for (auto flow = first; flow < first + count; ++flow) {
      claim.flow.value = flow;
      if (consider(codec, packet, claim, best)) return best;
    }
  }
  // Two probes fit weakly: which one it was is anybody's guess.
  return best.verdict.strength == Verdict::Strength::none ? Match{} : best;
}

// True when the search is over: a strong match, or two weak ones, which are none.
bool ProbeTable::consider(const TraceCodec& codec, const wire::DecodedPacket& packet, const TraceProbe& claim,
                          Match& best) {
  const auto known = numbers_.find(claim);
  if (known == numbers_.end()) return false;
  Entry* entry = entry_of(known->second);
  // An answer to the round before is late, not forged.
  for (int round = 0; round < 2 && entry != nullptr; ++round, entry = entry_of(entry->before)) {
    const Verdict verdict = codec.verify(packet, claim, entry->number);
    if (verdict.strength == Verdict::Strength::none) continue;
    const bool strong = verdict.strength == Verdict::Strength::strong;
    const bool again = best.entry != nullptr;
    best = !strong && again ? Match{} : Match{entry, verdict};
    return strong || again;
  }
  return false;
}

std::optional<ProbeTable::Owner> ProbeTable::give_up(std::uint64_t number) {
  Entry* entry = entry_of(number);
  if (entry == nullptr || entry->state != State::out) return std::nullopt;
  finish(*entry, State::expired);
  return Owner{entry->run, entry->probe};
}

void ProbeTable::give_up(const TraceProbe& probe) {
  const auto known = numbers_.find(probe);
  if (known != numbers_.end()) give_up(known->second);
}

void ProbeTable::finish(Entry& entry, State state) {
  entry.state = state;
  finished_.push_back(entry.number);
  if (finished_.size() <= kRemembered) return;
  Entry* oldest = entry_of(finished_.front());
  finished_.pop_front();
  if (const auto known = numbers_.find(oldest->probe); known != numbers_.end() && known->second == oldest->number) {
    numbers_.erase(known);
  }
  oldest->state = State::unused;
  spare_.push_back(static_cast<std::uint32_t>(slot_of(oldest->number)));
}

}  // namespace isthmus::probes
