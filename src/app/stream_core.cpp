#include "app/stream_core.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace isthmus::app {
namespace {

using resilience::BlockView;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::VantageView;

// What was known stays to be seen but for the states: nobody knows them.
TargetView blinded(const TargetView& seen, Timestamp since) {
  TargetView view = seen;
  if (view.state != State::unknown) view.since = since;
  view.state = State::unknown;
  for (std::size_t b = 0; b < view.blocks.size(); ++b) {
    if (view.blocks[b].state == State::unknown) continue;
    BlockView block = view.blocks[b];
    block.state = State::unknown;
    block.since = since;
    view.blocks.replace(b, std::move(block));
  }
  return view;
}

Snapshot blinded(Snapshot seen) {
  resilience::SharedList<TargetView> targets;
  for (const TargetView& target : seen.targets) targets.push_back(blinded(target, seen.time));
  seen.targets = std::move(targets);
  return seen;
}

std::vector<VantageView> unseen(std::vector<VantageView> views, const std::string& why) {
  for (VantageView& view : views) {
    view.state = VantageState::unknown;
    view.voting = false;
    view.reason = why;
  }
  return views;
}

// What another partition knows of a vantage point, if it has heard of it at all.
void add_view(VantageView& view, const VantageView& other) {
  if (!other.last_observation) return;
  if (!view.last_observation) {
    view = other;
    return;
  }
  if (other.state == VantageState::invalid && view.state != VantageState::invalid) {
    view.state = other.state;
    view.reason = other.reason;
    view.since = other.since;
  }
  view.voting = view.voting && other.voting;
}

}  // namespace

StreamCore::StreamCore(std::vector<PartitionCore::Start> partitions, std::vector<std::string> targets, Instant now)
    : targets_(std::move(targets)) {
  for (PartitionCore::Start& start : partitions) {
    parts_.push_back(std::make_unique<Part>(std::move(start)));
    parts_.back()->current = now;
    parts_.back()->latest = parts_.back()->core.snapshot();
  }
}

StreamCore::Part* StreamCore::part_of(std::uint32_t partition) {
  const auto found =
      std::ranges::find_if(parts_, [&](const auto& part) { return part->core.partition() == partition; });
  return found == parts_.end() ? nullptr : found->get();
}

void StreamCore::take(const fleet::Reading& reading, Instant now, Timestamp wall) {
  Part* const found = part_of(reading.partition);
  if (found == nullptr) return;
  Part& part = *found;
  if (reading.taken_over) {
    part.core.take_over(*reading.taken_over);
    part.caught_up = false;
    part.has_told = false;
    part.left = reading.taken_over->position;
    part.current = now;
    return;
  }
  for (const fleet::StreamMessage& message : reading.messages) part.core.take(message, reading.created, wall);
  const bool all_read = reading.messages.empty() || reading.messages.back().pending == 0;
  if (all_read) {
    part.caught_up = true;
    part.core.end_rehearsal();
  }
  if (reading.messages.empty()) return;
  // A broker's clock that was ahead has moved the core's time on: until the present has caught up it judges nothing.
  if (part.core.now() - reading.messages.back().stored > kBlindAfter) return;
  if (all_read || wall - part.core.now() < kBlindAfter) part.current = now;
}

std::vector<Event> StreamCore::poll_events() {
  std::vector<Event> events;
  for (const auto& part : parts_) {
    auto some = part->core.poll_events();
    part->has_told = part->has_told || !some.empty();
    std::move(some.begin(), some.end(), std::back_inserter(events));
  }
  std::ranges::stable_sort(events, {}, &Event::time);
  return events;
}

std::vector<fleet::Handover> StreamCore::handovers(bool all) {
  std::vector<fleet::Handover> left;
  for (const auto& part : parts_) {
    if (!part->has_told && (!all || part->core.position() == part->left)) continue;
    auto one = part->core.handover();
    if (!one) continue;
    part->has_told = false;
    part->left = one->position;
    left.push_back(std::move(*one));
  }
  return left;
}

void StreamCore::hand_over_again() {
  for (const auto& part : parts_) part->left = {};
}

void StreamCore::hand_over_wishes(const CoreSinks& sinks) {
  for (const auto& part : parts_) app::hand_over_wishes(part->core.core(), sinks);
}

// A partition that is not read does not change: what is shown of it is made once.
void StreamCore::look_at(Part& part, Instant now) {
  const bool blind = now - part.current > kBlindAfter;
  if (blind && part.latest_is_blind) return;
  part.latest = part.core.snapshot();
  part.latest_is_blind = blind;
  if (blind) part.latest = blinded(std::move(part.latest));
}

Snapshot StreamCore::snapshot(Instant now, const std::string& why_unread, const Elsewhere& elsewhere) {
  Snapshot merged;
  std::map<std::string, resilience::SharedList<TargetView>::Element> views;
  for (const auto& part : parts_) {
    look_at(*part, now);
    part->elsewhere = elsewhere && elsewhere(part->core.partition());
    const Snapshot& seen = part->latest;
    for (std::size_t t = 0; !part->elsewhere && t < seen.targets.size(); ++t)
      views[seen.targets[t].name] = seen.targets.shared(t);
    for (std::size_t i = 0; i < merged.rejected.size(); ++i) merged.rejected[i] += seen.rejected[i];
    merged.time = std::max(merged.time, seen.time);
    merged.prefix_data = seen.prefix_data;
    merged.label = seen.label;
  }
  for (const std::string& name : targets_) {
    if (const auto found = views.find(name); found != views.end()) merged.targets.push_back(found->second);
  }
  merged.vantages = vantages(why_unread);
  return merged;
}

// As the first partition sees them that is read; invalid where another one knows better. Agents send to a partition
// what they see of its targets, and their reports: where they may probe none of them nobody there has seen them.
std::vector<VantageView> StreamCore::vantages(const std::string& why_unread) const {
  const auto is_here = [](const auto& part) { return !part->elsewhere; };
  const auto is_read = [&](const auto& part) { return is_here(part) && !part->latest_is_blind; };
  const auto first = std::ranges::find_if(parts_, is_read);
  if (first == parts_.end()) {
    const auto unread = std::ranges::find_if(parts_, is_here);
    return unread == parts_.end() ? std::vector<VantageView>() : unseen((*unread)->latest.vantages, why_unread);
  }
  std::vector<VantageView> views = (*first)->latest.vantages;
  for (auto part = std::next(first); part != parts_.end(); ++part) {
    if (!is_read(*part)) continue;
    const std::vector<VantageView>& others = (*part)->latest.vantages;
    for (std::size_t v = 0; v < std::min(views.size(), others.size()); ++v) add_view(views[v], others[v]);
  }
  return views;
}

bool StreamCore::caught_up() const {
  return std::ranges::all_of(parts_, [](const auto& part) { return part->caught_up; });
}

store::Batch StreamCore::changes(bool anew, bool drift) {
  store::Batch batch;
  for (const auto& part : parts_) {
    if (anew) part->core.forget_stored();
    part->core.store_changes(batch, drift);
    const Timestamp until = part->core.days_until();
    if (until != Timestamp{}) batch.alive = batch.alive ? std::min(*batch.alive, until) : until;
  }
  return batch;
}

void StreamCore::reconfigure(const std::vector<std::pair<std::uint32_t, resilience::CoreSettings>>& settings,
                             std::vector<std::string> targets, const std::shared_ptr<const ip2as::NetworkData>& data) {
  targets_ = std::move(targets);
  for (const auto& [partition, changed] : settings) {
    if (Part* const part = part_of(partition)) {
      part->core.reconfigure(changed, data);
      part->latest_is_blind = false;
    }
  }
}

std::vector<StreamCore::PartitionState> StreamCore::states() const {
  std::vector<PartitionState> states;
  for (const auto& part : parts_) {
    states.push_back(
        {part->core.partition(), part->core.now(), part->caught_up, part->core.intake(), part->core.delays()});
  }
  return states;
}

}  // namespace isthmus::app
