#include "probes/ping/ledger.hpp"

#include "probes/reply.hpp"

namespace isthmus::probes {
namespace {

// How many finished probes are remembered, to tell a duplicate from a late answer.
constexpr std::size_t kRemembered = 16384;

}  // namespace

EchoProbe EchoLedger::open(const IpAddress& source, const IpAddress& destination, Instant sent, Instant deadline) {
  const std::uint64_t number = next_++;
  entries_.emplace(number, Entry{source, sent, deadline, State::out});
  deadlines_.emplace(deadline, number);
  return codec_.make(number, source, destination);
}

std::variant<EchoLedger::Answer, InvalidReason> EchoLedger::settle(const wire::DecodedPacket& packet,
                                                                   Instant received) {
  const auto match = codec_.match(packet, next_);
  if (const auto* reason = std::get_if<InvalidReason>(&match)) return *reason;
  const std::uint64_t number = std::get<std::uint64_t>(match);
  const auto found = entries_.find(number);
  // The tag proves that the probe was ours, so it was forgotten because it is old.
  if (found == entries_.end() || found->second.state == State::expired) return InvalidReason::too_late;
  if (found->second.state == State::answered) return InvalidReason::duplicate;
  if (packet.ip.destination != found->second.source) return InvalidReason::bad_tag;
  const Duration rtt = received - found->second.sent;
  if (!is_possible(rtt)) return InvalidReason::impossible;
  // Read late, but it arrived after its time all the same.
  if (received > found->second.deadline) return InvalidReason::too_late;
  finish(number, found->second, State::answered);
  return Answer{number, make_reply(packet, rtt)};
}

void EchoLedger::restamp(std::uint64_t number, Instant sent) {
  const auto found = entries_.find(number);
  if (found != entries_.end() && found->second.state == State::out) found->second.sent = sent;
}

bool EchoLedger::cancel(std::uint64_t number) {
  const auto found = entries_.find(number);
  if (found == entries_.end() || found->second.state != State::out) return false;
  deadlines_.erase({found->second.deadline, number});
  entries_.erase(found);
  return true;
}

std::optional<std::uint64_t> EchoLedger::pop_expired(Instant now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return std::nullopt;
  const std::uint64_t number = deadlines_.begin()->second;
  finish(number, entries_.at(number), State::expired);
  return number;
}

void EchoLedger::finish(std::uint64_t number, Entry& entry, State state) {
  deadlines_.erase({entry.deadline, number});
  entry.state = state;
  finished_.push_back(number);
  if (finished_.size() > kRemembered) {
    entries_.erase(finished_.front());
    finished_.pop_front();
  }
}

}  // namespace isthmus::probes
