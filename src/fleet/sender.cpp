#include "fleet/sender.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::fleet {
namespace {

// Some megabytes: what a long line holds at a hundred milliseconds.
constexpr std::size_t kMostUnderWay = 256;
constexpr std::uint64_t kReadAtOnce = 1'000'000;
constexpr std::size_t kRemovedAtOnce = 64;
// After something did not arrive. A broker that is full or elects a leader is not helped by being asked all the time.
constexpr Duration kPause = std::chrono::seconds(1);

}  // namespace

void Sender::turn(Instant now) {
  take_deliveries(now);
  if (now >= not_before_) send_more(now);
}

void Sender::take_deliveries(Instant now) {
  for (const Delivery& delivery : channel_.take_deliveries()) {
    under_way_.erase(delivery.number);
    if (delivery.fate == Delivery::Fate::arrived) {
      arrived_.push_back(delivery.number);
      ++status_.arrived_batches;
      status_.duplicates += delivery.duplicate ? 1 : 0;
      status_.problem.clear();
      in_doubt_ = in_doubt_ && delivery.number != alone_;
      continue;
    }
    ++(delivery.fate == Delivery::Fate::refused ? status_.refused : status_.unanswered);
    in_doubt_ = true;
    alone_ = 0;
    fail(delivery.number, delivery.problem, now);
  }
  // Each removal is a transaction: what was sent together goes together.
  if (arrived_.empty() || (!under_way_.empty() && arrived_.size() < kRemovedAtOnce)) return;
  spool_.remove(arrived_);
  arrived_.clear();
}

// It is sent again from there on.
void Sender::fail(std::uint64_t number, const std::string& problem, Instant now) {
  sent_to_ = std::min(sent_to_, number - 1);
  not_before_ = now + kPause;
  status_.problem = problem;
}

void Sender::send_more(Instant now) {
  // What is in a file that could not be opened before is older than all that was sent meanwhile.
  if (std::exchange(openings_, spool_.openings()) != spool_.openings()) sent_to_ = 0;
  // What went out behind one that did not arrive may still arrive, or not: only when that is known is it clear what
  // comes next. That goes alone, since whoever did not take the one may begin to take any of those behind it.
  const std::size_t most = in_doubt_ ? 1 : kMostUnderWay;
  while (under_way_.size() < most && sent_to_ < spool_.last_number()) {
    const auto batches = spool_.read(sent_to_, kReadAtOnce);
    // A file that cannot be read just now holds them all the same.
    if (batches.empty() && spool_.status().batches > under_way_.size() + arrived_.size()) return;
    if (batches.empty()) sent_to_ = spool_.last_number();
    for (const Spool::Waiting& batch : batches) {
      if (under_way_.size() >= most) return;
      if (!under_way_.contains(batch.number)) {
        if (const auto sent = channel_.publish(batch.number, batch.id, batch.subject, batch.bytes); !sent) {
          return fail(batch.number, to_string(sent.error()), now);
        }
        under_way_.insert(batch.number);
        if (in_doubt_) alone_ = batch.number;
      }
      sent_to_ = batch.number;
    }
  }
}

Instant Sender::next_turn() const {
  if (under_way_.size() >= kMostUnderWay || spool_.last_number() <= sent_to_) return Instant::max();
  if (in_doubt_ && !under_way_.empty()) return Instant::max();
  return not_before_;
}

}  // namespace isthmus::fleet
