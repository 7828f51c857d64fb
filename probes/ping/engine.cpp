#include "probes/ping/engine.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "probes/ping/objection.hpp"
#include "probes/reply.hpp"

namespace isthmus::probes {
namespace {

// An address counts as answering until it missed this many pings in a row: one lost packet is no change.
constexpr std::uint8_t kMissesToSilent = 3;

// UDP and TCP answers return one bit of the number; the latest probes to an address are tried, so many of them at most.
// The tag has bits to spare for that, and who pings an address more often than this within the timeout uses ICMP.
constexpr int kCandidates = 64;

// Few enough that a multiple of the golden ratio still has its digits.
constexpr std::uint64_t kStaggers = 1'000'000;

static_assert(WatchList::kNone == ProbeLedger::kNoOwner);

}  // namespace

PingEngine::PingEngine(EchoCodec codec, std::string vantage, SourceLookup source_for)
    : sources_(std::move(codec)),
      vantage_(std::move(vantage)),
      source_for_(std::move(source_for)),
      watches_(std::hash<std::string>{}(vantage_) % kStaggers) {}

void PingEngine::set_targets(const std::vector<PingGroup>& groups, const PingSettings& settings, Instant now) {
  settings_ = settings;
  if (sources_.use(settings.protocol, ping_port(settings))) ledger_.cancel_all();
  const auto moved = watches_.replace(groups, settings, now);
  ledger_.change_owners(moved);
  finished_.filter([&](Finished& finished) { return (finished.watch = moved[finished.watch]) != WatchList::kNone; });
}

std::optional<PingProbe> PingEngine::poll_probe(Instant now, Timestamp wall) {
  watches_.start_rounds(now);
  while (true) {
    const std::uint32_t index = watches_.take_next();
    if (index == WatchList::kNone) return std::nullopt;
    WatchList::Watch& watch = watches_[index];
    const auto source = source_for_(watch.address);
    if (!source) {
      ++send_failures_;
      report(index, IpAddress(), wall, SendFailed{ENETUNREACH});
      continue;
    }
    watch.latest =
        ledger_.open({.sent = now, .wall = wall, .owner = index, .source = sources_.index_of(*source)}, watch.latest);
    return PingProbe{watch.latest, *source, watch.address};
  }
}

std::vector<std::byte> PingEngine::encode(const PingProbe& probe) const {
  std::array<std::byte, kMaxPacket> buffer;
  const auto packet = encode(probe, buffer);
  return {packet.begin(), packet.end()};
}

std::span<const std::byte> PingEngine::encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const {
  return sources_.encode(probe, out);
}

std::optional<InvalidReason> PingEngine::handle_reply(const wire::DecodedPacket& packet, Instant received) {
  const auto claim = sources_.claim(packet);
  if (!claim) return InvalidReason::not_ours;
  const Match match = find(*claim, packet);
  if (match.verdict.strength == Verdict::Strength::none) return match.otherwise;
  const ProbeLedger::Entry* entry = ledger_.find(match.number);
  if (const auto against = objection(entry, sources_, packet, received, settings_.timeout)) return against;
  const ProbeLedger::Entry answered = *entry;
  ledger_.finish(match.number, ProbeLedger::State::answered);
  Reply reply = make_reply(packet, received - answered.sent);
  reply.weak = match.verdict.strength == Verdict::Strength::weak;
  reply.rewritten = match.verdict.rewritten;
  if (answered.owner != WatchList::kNone) {
    if (answers_ping(reply, watches_[answered.owner].address)) {
      note_answer(answered.owner, received);
    } else {
      note_miss(answered.owner, answered.sent, received);
    }
  }
  report(answered, std::move(reply));
  return std::nullopt;
}

PingEngine::Match PingEngine::find(const PingClaim& claim, const wire::DecodedPacket& packet) const {
  Match match;
  const auto tries = [&](std::uint64_t number) {
    match.number = number;
    match.verdict = sources_.verify(packet, {number, packet.ip.destination, claim.destination});
    return match.verdict.strength != Verdict::Strength::none;
  };
  // Sixteen bits or more of the number: those probes to the address that share them, however many are out.
  if (claim.mask != kParity) {
    for (std::uint64_t number = ledger_.latest_like(claim.number, claim.mask); number != ProbeLedger::kNoNumber;
         number = ledger_.previous_like(number, claim.mask)) {
      if (claim.mask != kWholeNumber && !is_to(number, claim.destination)) continue;
      if (tries(number)) return match;
    }
    return match;
  }
  match.otherwise = InvalidReason::not_ours;
  watches_.for_each(claim.destination, [&](std::uint32_t watch) {
    match.otherwise = InvalidReason::bad_tag;
    if (match.verdict.strength != Verdict::Strength::none) return;
    std::uint64_t number = watches_[watch].latest;
    for (int i = 0; i < kCandidates && ledger_.find(number) != nullptr; ++i, number = ledger_.previous(number)) {
      if ((number & claim.mask) == claim.number && ledger_.find(number)->owner == watch && tries(number)) return;
    }
  });
  return match;
}

bool PingEngine::is_to(std::uint64_t number, const IpAddress& address) const {
  const ProbeLedger::Entry* entry = ledger_.find(number);
  return entry != nullptr && entry->owner != WatchList::kNone && watches_[entry->owner].address == address;
}

void PingEngine::handle_sent(std::uint64_t number, Instant sent) {
  ProbeLedger::Entry* entry = ledger_.find(number);
  if (entry != nullptr && entry->state == ProbeLedger::State::out) entry->sent = sent;
}

void PingEngine::handle_send_failure(std::uint64_t number, int error_number) {
  const ProbeLedger::Entry* entry = ledger_.find(number);
  if (entry == nullptr) return;
  const ProbeLedger::Entry failed = *entry;
  if (!ledger_.finish(number, ProbeLedger::State::cancelled)) return;
  ++send_failures_;
  report(failed, SendFailed{error_number});
}

void PingEngine::handle_timeout(Instant now) {
  while (const auto expired = ledger_.pop_expired(now, settings_.timeout)) {
    if (expired->owner != WatchList::kNone) note_miss(expired->owner, expired->sent, now);
    report(*expired, TimedOut{});
  }
}

void PingEngine::note_answer(std::uint32_t index, Instant received) {
  watches_.handle_answer(index);
  WatchList::Watch& watch = watches_[index];
  watch.silent_in_row = 0;
  watch.last_answer = received;
  if (!std::exchange(watch.answering, true)) answering_changed_ = true;
}

// A probe that could not be sent is no miss: it says nothing of its address.
void PingEngine::note_miss(std::uint32_t index, Instant sent, Instant now) {
  WatchList::Watch& watch = watches_[index];
  if (watch.silent_in_row < kMissesToSilent) ++watch.silent_in_row;
  if (watch.answering && watch.silent_in_row >= kMissesToSilent) {
    watch.answering = false;
    answering_changed_ = true;
  }
  watches_.handle_miss(index, sent, now);
}

void PingEngine::report(const ProbeLedger::Entry& entry, Outcome&& outcome) {
  if (entry.owner == WatchList::kNone) return;  // not pinged any more
  report(entry.owner, sources_.address(entry.source), entry.wall, std::move(outcome));
}

void PingEngine::report(std::uint32_t index, const IpAddress& source, Timestamp wall, Outcome&& outcome) {
  Finished& finished = finished_.extend();
  finished.watch = index;
  finished.source = source;
  finished.wall = wall;
  finished.outcome = std::move(outcome);
}

// Everything is written where it stays: moved on as a whole, a series costs as much as the rest of its ping.
std::optional<PingSeries> PingEngine::poll_observation() {
  std::optional<PingSeries> observed;
  if (finished_.empty()) return observed;
  Finished& finished = finished_.front();
  const WatchList::Watch& watch = watches_[finished.watch];
  PingSeries& series = observed.emplace();
  series.vantage = vantage_;
  series.target = watches_.target_of(finished.watch);
  series.source = finished.source;
  series.address = watch.address;
  series.protocol = settings_.protocol;
  PingOutcome& ping = series.outcomes.emplace_back();
  ping.sent = finished.wall;
  ping.outcome = std::move(finished.outcome);
  finished_.drop_front();
  return observed;
}

Instant PingEngine::last_answer(const std::string& target, const IpAddress& address) const {
  const std::uint32_t watch = watches_.find(target, address);
  return watch != WatchList::kNone ? watches_[watch].last_answer : Instant::min();
}

bool PingEngine::is_answering(const std::string& target, const IpAddress& address) const {
  const std::uint32_t watch = watches_.find(target, address);
  return watch != WatchList::kNone && watches_[watch].answering;
}

}  // namespace isthmus::probes
