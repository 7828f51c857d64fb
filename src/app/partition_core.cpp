#include "app/partition_core.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace isthmus::app {
namespace {

// Records of days written at a time: at midnight all of them change at once.
constexpr std::size_t kDaysAtOnce = 2000;
// Where the past is read fast, the days see it in such steps; longer ones would be taken for time without anybody
// there.
constexpr Duration kDayStep = resilience::DayBook::kLongestStep / 2;

bool is_about_vantage(const Event& event) {
  return event.kind == EventKind::vantage_invalid || event.kind == EventKind::vantage_valid;
}

template <typename T>
void append(std::vector<T>& items, std::vector<T> more) {
  std::move(more.begin(), more.end(), std::back_inserter(items));
}

}  // namespace

void DelayHistogram::add(Duration delay) {
  const double seconds = to_seconds(delay);
  const auto bucket = std::ranges::lower_bound(telemetry::kDelayBucketsSeconds, seconds);
  ++buckets[static_cast<std::size_t>(bucket - telemetry::kDelayBucketsSeconds.begin())];
  sum_seconds += seconds;
}

PartitionCore::PartitionCore(Start start)
    : partition_(start.partition),
      speaks_for_vantages_(start.speaks_for_vantages),
      remembers_vantages_(start.remembers_vantages),
      settings_(std::move(start.settings)),
      data_(std::move(start.data)),
      core_(settings_, data_, std::move(start.baseline)),
      days_(std::move(start.days)),
      intake_(start.partition),
      rehearsed_(start.partition) {
  if (!start.progress) return;
  position_ = {start.progress->created, start.progress->sequence, start.progress->stored};
  for (const store::StreamMark& mark : start.progress->marks) {
    if (mark.next) intake_.restore(mark.vantage, {mark.boot, *mark.next});
  }
  rehearses_ = true;
  core_.set_rehearsal(true);
}

void PartitionCore::take_over(const fleet::Handover& left) {
  core_ = resilience::Core(settings_, data_, left.baseline);
  intake_ = fleet::Intake(partition_);
  rehearsed_ = fleet::Intake(partition_);
  for (const fleet::Handover::Mark& mark : left.marks) intake_.restore(mark.vantage, {mark.boot, mark.next});
  position_ = left.position;
  now_ = {};
  rehearses_ = true;
  core_.set_rehearsal(true);
  // Our store has something older of it, or nothing.
  forget_stored();
}

std::optional<fleet::Handover> PartitionCore::handover() const {
  if (rehearses_ || position_.sequence == 0) return std::nullopt;
  fleet::Handover left{
      .partition = partition_, .host = {}, .position = position_, .marks = {}, .baseline = core_.baseline()};
  for (const auto& [vantage, mark] : intake_.marks()) left.marks.push_back({vantage, mark.boot, mark.next});
  return left;
}

void PartitionCore::reconfigure(resilience::CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data) {
  settings_ = std::move(settings);
  data_ = std::move(data);
  core_.reconfigure(settings_, data_);
}

void PartitionCore::take(const fleet::StreamMessage& message, Timestamp created, Timestamp wall) {
  // Another stream has begun: nothing of it was taken in before.
  if (created != position_.created) position_ = {.created = created};
  if (message.sequence <= position_.sequence) {
    if (!rehearses_) return;
    move_to(message.stored);
    feed(rehearsed_.take(message));
    return;
  }
  end_rehearsal();
  move_to(message.stored);
  const std::vector<fleet::Message> messages = intake_.take(message);
  for (const fleet::Message& one : messages) {
    if (const auto* observation = std::get_if<Observation>(&one)) delays_.add(wall - time_of(*observation));
  }
  feed(messages);
  position_.sequence = message.sequence;
  position_.stored = message.stored;
  moved_ = true;
  if (now_ - days_.latest() > kDayStep) static_cast<void>(snapshot());
}

void PartitionCore::end_rehearsal() {
  if (!std::exchange(rehearses_, false)) return;
  core_.set_rehearsal(false);
}

// A broker whose clock is set back, or another one that takes over, must not move us back.
void PartitionCore::move_to(Timestamp stored) {
  const Timestamp before = std::exchange(now_, std::max(now_, stored));
  if (before != Timestamp{} && now_ - before > kLogPause) core_.handle_pause(now_);
}

void PartitionCore::feed(const std::vector<fleet::Message>& messages) {
  for (const fleet::Message& message : messages) {
    if (const auto* observation = std::get_if<Observation>(&message)) {
      core_.handle_observation(*observation, now_);
    } else {
      core_.handle_report(std::get<ProberReport>(message), now_);
    }
  }
  if (now_ >= core_.next_deadline()) core_.handle_tick(now_);
}

std::vector<Event> PartitionCore::poll_events() {
  std::vector<Event> events;
  while (auto event = core_.poll_event()) {
    if (speaks_for_vantages_ || !is_about_vantage(*event)) events.push_back(std::move(*event));
  }
  return events;
}

resilience::Snapshot PartitionCore::snapshot() {
  resilience::Snapshot snapshot = core_.snapshot(now_, resilience::Effort::little);
  if (!rehearses_ && now_ != Timestamp{}) days_.handle_snapshot(snapshot);
  return snapshot;
}

void PartitionCore::store_changes(store::Batch& batch, bool drift) {
  if (rehearses_) return;
  resilience::BaselineChanges baseline = core_.poll_baseline(now_, drift);
  append(batch.baseline.targets, std::move(baseline.targets));
  append(batch.baseline.removed_targets, std::move(baseline.removed_targets));
  append(batch.baseline.removed_blocks, std::move(baseline.removed_blocks));
  if (remembers_vantages_) {
    append(batch.baseline.vantages, std::move(baseline.vantages));
    append(batch.baseline.removed_vantages, std::move(baseline.removed_vantages));
  }
  resilience::PathChanges paths = core_.poll_path_changes();
  append(batch.paths.kept, std::move(paths.kept));
  append(batch.paths.left_out, std::move(paths.left_out));
  append(batch.days, days_.poll_changed(kDaysAtOnce));
  append(batch.late, core_.poll_late());
  if (!std::exchange(moved_, false)) return;
  store::StreamProgress progress{.partition = partition_,
                                 .created = position_.created,
                                 .sequence = position_.sequence,
                                 .stored = position_.stored,
                                 .marks = {}};
  for (fleet::Intake::Change& change : intake_.poll_changes()) {
    progress.marks.push_back({std::move(change.vantage), change.boot, change.next});
  }
  batch.progress.push_back(std::move(progress));
}

void PartitionCore::forget_stored() {
  core_.forget_polled_baseline();
  days_.forget_polled();
  intake_.forget_polled();
  moved_ = position_.sequence > 0;
}

}  // namespace isthmus::app
