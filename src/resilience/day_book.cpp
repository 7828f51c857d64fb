#include "isthmus/resilience/day_book.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

namespace isthmus::resilience {
namespace {

using std::chrono::days;
using std::chrono::floor;

// Of a TargetView or a BlockView.
template <typename View>
Condition condition_of(const View& view) {
  Condition condition{.state = view.state, .unknown_share = view.unknown_share, .upstreams = {}};
  for (const UpstreamView& upstream : view.upstreams) {
    const Condition::Upstream item{.asn = upstream.asn, .share = {upstream.vantage, upstream.address, upstream.flow}};
    const bool carries = std::any_of(item.share.begin(), item.share.end(),
                                     [](const ShareEstimate& share) { return share.estimate > 0; });
    if (carries) condition.upstreams.push_back(item);
  }
  return condition;
}

}  // namespace

DayBook::DayBook(std::vector<DayRecord> stored, Timestamp alive) : today_(floor<days>(alive)) {
  for (DayRecord& record : stored) {
    TargetDays& of_target = targets_[record.target];
    Entry& entry = record.block ? of_target.blocks[*record.block] : of_target.whole;
    // Of several days the latest goes on; an older one that was not ended is followed by nothing.
    if (entry.record.day > record.day) continue;
    entry.record = std::move(record);
  }
  for (auto& [name, of_target] : targets_) {
    of_target.gone = of_target.blocks.size();
    of_target.whole.record.target = name;
  }
  end_all(alive);
}

void DayBook::handle_snapshot(const Snapshot& snapshot) {
  const Timestamp now = snapshot.time;
  if (now - latest_ > kLongestStep) end_all(latest_);
  latest_ = now;
  std::size_t total = 0;
  for (const TargetView& view : snapshot.targets) total += view.blocks.size();
  for (const TargetView& view : snapshot.targets) {
    TargetDays& of_target = targets_[view.name];
    of_target.whole.record.target = view.name;
    set(of_target.whole, condition_of(view), view.since, now);
    const std::size_t share = total <= kBlocksAtOnce ? view.blocks.size() : view.blocks.size() * kBlocksAtOnce / total;
    look_at_blocks(of_target, view, std::max<std::size_t>(share, 1), now);
    end_absent_blocks(of_target, view, now);
  }
  end_absent_targets(snapshot);
  if (floor<days>(now) != today_) drop_past_days(now);
}

void DayBook::look_at_blocks(TargetDays& of_target, const TargetView& view, std::size_t count, Timestamp now) {
  for (std::size_t i = 0; i < std::min(count, view.blocks.size()); ++i) {
    of_target.next = of_target.next >= view.blocks.size() ? 0 : of_target.next;
    const std::shared_ptr<const BlockView>& shared = view.blocks.shared(of_target.next++);
    const BlockView& block = *shared;
    const auto [found, is_new] = of_target.blocks.try_emplace(block.block);
    Entry& entry = found->second;
    if (is_new) {
      entry.record.target = view.name;
      entry.record.block = block.block;
    } else if (!entry.record.present) {
      --of_target.gone;
    } else if (entry.view == shared && now < entry.record.day + days(1)) {
      continue;
    }
    entry.view = shared;
    set(entry, condition_of(block), block.since, now);
  }
}

void DayBook::begin_day(Entry& entry, Timestamp time) {
  DayRecord fresh;
  fresh.target = entry.record.target;
  fresh.block = entry.record.block;
  fresh.day = floor<days>(time);
  fresh.until = time;
  entry.record = std::move(fresh);
}

void DayBook::set(Entry& entry, const Condition& condition, Timestamp since, Timestamp now) {
  DayRecord& record = entry.record;
  while (record.present && now >= record.day + days(1)) {
    const Timestamp midnight = record.day + days(1);
    DayRecord ended = settled(record, midnight);
    ended.present.reset();
    Condition goes_on = std::move(*record.present);
    entry.ended.push_back(std::move(ended));
    begin_day(entry, midnight);
    record.present = std::move(goes_on);
    mark(entry);
  }
  if (!record.present) {
    if (record.day != floor<days>(now)) begin_day(entry, now);
    record.until = now;
  } else if (*record.present == condition) {
    return;
  } else {
    // The moment of a change of state is known better than by looking now and then.
    const bool known = record.present->state != condition.state && since > record.until && since <= now;
    record = settled(std::move(record), known ? since : now);
  }
  record.present = condition;
  mark(entry);
}

// What holds is not known any longer.
void DayBook::end(Entry& entry, Timestamp time) {
  DayRecord& record = entry.record;
  if (!record.present) return;
  if (time >= record.day + days(1)) {
    const Condition condition = *record.present;
    set(entry, condition, {}, time);
  }
  record = settled(std::move(record), time);
  record.present.reset();
  mark(entry);
}

void DayBook::end_all(Timestamp time) {
  for (auto& [name, of_target] : targets_) {
    end(of_target.whole, time);
    for (auto& [block, entry] : of_target.blocks) end(entry, time);
    of_target.gone = of_target.blocks.size();
  }
  urgent_ = !changed_.empty();
}

void DayBook::end_absent_blocks(TargetDays& of_target, const TargetView& view, Timestamp now) {
  if (of_target.blocks.size() - of_target.gone <= view.blocks.size()) return;
  std::unordered_set<Block> there;
  for (const BlockView& block : view.blocks) there.insert(block.block);
  for (auto& [block, entry] : of_target.blocks) {
    if (!entry.record.present || there.contains(block)) continue;
    end(entry, now);
    ++of_target.gone;
  }
}

void DayBook::end_absent_targets(const Snapshot& snapshot) {
  if (targets_.size() == snapshot.targets.size()) return;
  for (auto& [name, of_target] : targets_) {
    const bool there = std::any_of(snapshot.targets.begin(), snapshot.targets.end(),
                                   [&wanted = name](const TargetView& view) { return view.name == wanted; });
    if (there || !of_target.whole.record.present) continue;
    end(of_target.whole, snapshot.time);
    for (auto& [block, entry] : of_target.blocks) end(entry, snapshot.time);
    of_target.gone = of_target.blocks.size();
  }
}

// Of what is no longer there, once it is written.
void DayBook::drop_past_days(Timestamp now) {
  today_ = floor<days>(now);
  const auto over = [&](const Entry& entry) {
    return !entry.record.present && !entry.changed && entry.record.day < today_;
  };
  for (auto& [name, of_target] : targets_) {
    of_target.gone -= std::erase_if(of_target.blocks, [&](const auto& item) { return over(item.second); });
  }
  std::erase_if(targets_, [&](const auto& item) { return over(item.second.whole) && item.second.blocks.empty(); });
}

void DayBook::mark(Entry& entry) {
  if (std::exchange(entry.changed, true)) return;
  changed_.push_back(&entry);
}

std::vector<DayRecord> DayBook::poll_changed(std::size_t limit) {
  std::vector<DayRecord> result;
  const std::size_t count = std::exchange(urgent_, false) ? changed_.size() : std::min(limit, changed_.size());
  result.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Entry& entry = *changed_[i];
    entry.changed = false;
    std::move(entry.ended.begin(), entry.ended.end(), std::back_inserter(result));
    entry.ended.clear();
    result.push_back(entry.record);
  }
  changed_.erase(changed_.begin(), changed_.begin() + static_cast<std::ptrdiff_t>(count));
  return result;
}

void DayBook::forget_polled() {
  for (auto& [name, of_target] : targets_) {
    if (of_target.whole.record.until != Timestamp{}) mark(of_target.whole);
    for (auto& [block, entry] : of_target.blocks) mark(entry);
  }
}

}  // namespace isthmus::resilience
