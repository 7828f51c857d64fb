#include "probes/ping/ledger.hpp"

namespace isthmus::probes {
namespace {

// How many finished probes are remembered at least, to tell a duplicate from a late answer.
constexpr std::uint64_t kRemembered = 16384;

}  // namespace

std::uint64_t ProbeLedger::open(const Entry& entry, std::uint64_t previous) {
  const std::uint64_t number = next_;
  if (number % kBlock == 0) {
    if (spare_.empty()) spare_.push_back(std::make_unique<Block>());
    blocks_.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
  ++next_;
  Entry& stored = *find(number);
  stored = entry;
  const std::uint64_t back = number - previous;
  stored.back =
      previous < number && back <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(back) : 0;
  return number;
}

const ProbeLedger::Entry* ProbeLedger::find(std::uint64_t number) const {
  if (number < first_ || number >= next_) return nullptr;
  return &(*blocks_[number / kBlock - first_ / kBlock])[number % kBlock];
}

ProbeLedger::Entry* ProbeLedger::find(std::uint64_t number) {
  return const_cast<Entry*>(std::as_const(*this).find(number));
}

std::uint64_t ProbeLedger::previous(std::uint64_t number) const {
  const Entry* entry = find(number);
  if (entry == nullptr || entry->back == 0 || number - entry->back < first_) return kNoNumber;
  return number - entry->back;
}

bool ProbeLedger::finish(std::uint64_t number, State state) {
  Entry* entry = find(number);
  if (entry == nullptr || entry->state != State::out) return false;
  entry->state = state;
  while (oldest_out_ < next_ && find(oldest_out_)->state != State::out) ++oldest_out_;
  forget_old();
  return true;
}

void ProbeLedger::forget_old() {
  while (oldest_out_ - first_ > kRemembered) {
    if (++first_ % kBlock == 0) spare_.push_back(blocks_.pop_front());
  }
}

std::uint64_t ProbeLedger::latest_like(std::uint64_t number, std::uint64_t mask) const {
  if (next_ == 0) return kNoNumber;
  const std::uint64_t latest = ((next_ - 1) & ~mask) | (number & mask);
  if (latest < next_) return latest;
  return latest > mask ? latest - mask - 1 : kNoNumber;
}

std::uint64_t ProbeLedger::previous_like(std::uint64_t number, std::uint64_t mask) const {
  return number > mask && number - mask - 1 >= first_ ? number - mask - 1 : kNoNumber;
}

std::optional<ProbeLedger::Entry> ProbeLedger::pop_expired(Instant now, Duration timeout) {
  if (oldest_out_ == next_ || next_deadline(timeout) > now) return std::nullopt;
  const Entry expired = *find(oldest_out_);
  finish(oldest_out_, State::expired);
  return expired;
}

Instant ProbeLedger::next_deadline(Duration timeout) const {
  return oldest_out_ == next_ ? Instant::max() : find(oldest_out_)->sent + timeout;
}

void ProbeLedger::change_owners(const std::vector<std::uint32_t>& owners) {
  for (std::uint64_t number = first_; number < next_; ++number) {
    Entry& entry = *find(number);
    if (entry.owner != kNoOwner) entry.owner = owners[entry.owner];
  }
}

void ProbeLedger::cancel_all() {
  for (std::uint64_t number = oldest_out_; number < next_; ++number) finish(number, State::cancelled);
}

}  // namespace isthmus::probes
