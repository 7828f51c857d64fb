#include "app/stream_core_runner.hpp"

#include <utility>

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kPublishInterval = std::chrono::seconds(1);
// Longer without a turn means that something has taken the thread hostage: the health check then says so.
constexpr Duration kAliveWithin = std::chrono::seconds(30);
// A core that takes over from one that has died reads so much again.
constexpr Duration kHandoverInterval = std::chrono::seconds(30);
// Readings taken in between two looks at events.
constexpr int kReadingsAtOnce = 16;

// Why partitions are not read, for people.
std::string why_unread(const fleet::DownlinkStatus& status) {
  if (!status.connected) return "the core cannot reach the broker: " + status.problem;
  for (const fleet::PartitionStatus& partition : status.partitions) {
    if (!partition.problem.empty()) return "the core cannot read the stream: " + partition.problem;
    if (partition.pending.value_or(0) > 0) return "the core is still reading what happened before";
  }
  return "no agent has sent anything to the stream";
}

}  // namespace

StreamCoreRunner::StreamCoreRunner(StreamCore core, fleet::Downlink& downlink, store::Store& store, CoreSinks sinks,
                                   HandOver hand_over, StreamCore::Elsewhere elsewhere)
    : core_(std::move(core)),
      downlink_(downlink),
      feed_(
          store, [this] { downlink_.wake(); }, [this](bool in_file) { hand_over_stored(in_file); }),
      sinks_(std::move(sinks)),
      hand_over_(std::move(hand_over)),
      elsewhere_(std::move(elsewhere)) {}

StreamCoreRunner::~StreamCoreRunner() { stop(); }

void StreamCoreRunner::start() {
  publish();
  last_turn_ = net::monotonic_now().time_since_epoch().count();
  feed_.start();
  thread_ = std::thread([this] { run(); });
}

void StreamCoreRunner::stop() {
  stopping_ = true;
  downlink_.wake();
  if (thread_.joinable()) thread_.join();
  feed_.stop();
}

std::shared_ptr<const resilience::Snapshot> StreamCoreRunner::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

bool StreamCoreRunner::alive(Instant now) const { return now - Instant(Duration(last_turn_.load())) < kAliveWithin; }

std::vector<StreamCore::PartitionState> StreamCoreRunner::states() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

Timestamp StreamCoreRunner::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void StreamCoreRunner::reconfigure(Reconfiguration changed) {
  {
    const std::lock_guard lock(mutex_);
    requested_ = std::move(changed);
  }
  downlink_.wake();
}

void StreamCoreRunner::run() {
  while (!stopping_) turn();
  feed_.add(core_.poll_events());
  publish();
  feed_.finish([this](bool anew) { return collect(anew, true); });
}

// What is handed over is what is stored with this batch, at the same place in the stream.
store::Batch StreamCoreRunner::collect(bool anew, bool last) {
  store::Batch batch = core_.changes(anew, last);
  const Instant now = net::monotonic_now();
  const std::lock_guard lock(mutex_);
  const bool again = std::exchange(hand_over_again_, false);
  if (again) core_.hand_over_again();
  const bool all = last || again || now >= next_handover_;
  if (all) next_handover_ = now + kHandoverInterval;
  for (fleet::Handover& left : core_.handovers(all)) handovers_.push_back(std::move(left));
  return batch;
}

// After the events have been stored: a core that dies in between has told them, and the next one tells them again; the
// other way round nobody would. Where the store did not take them, whoever comes next begins where it last did.
void StreamCoreRunner::hand_over_stored(bool in_file) {
  std::vector<fleet::Handover> handovers;
  {
    const std::lock_guard lock(mutex_);
    handovers.swap(handovers_);
    if (!in_file) hand_over_again_ = true;
  }
  if (!in_file) return;
  for (const fleet::Handover& left : handovers) {
    const auto done = hand_over_(left);
    if (done || done.error().code != ErrorCode::busy) continue;
    const std::lock_guard lock(mutex_);
    hand_over_again_ = true;
  }
}

void StreamCoreRunner::turn() {
  std::optional<Reconfiguration> requested;
  {
    const std::lock_guard lock(mutex_);
    requested.swap(requested_);
  }
  if (requested) core_.reconfigure(requested->settings, std::move(requested->targets), requested->data);
  auto deadline = std::chrono::steady_clock::time_point(next_publish_.time_since_epoch());
  for (int taken = 0; taken < kReadingsAtOnce; ++taken) {
    const auto reading = downlink_.receive_until(deadline);
    if (!reading) break;
    core_.take(*reading, net::monotonic_now(), net::wall_now());
    deadline = {};  // What is there already, and no more.
  }
  core_.hand_over_wishes(sinks_);
  std::vector<Event> events = core_.poll_events();
  const bool changed = !events.empty();
  feed_.add(std::move(events));
  feed_.turn(net::wall_now(), [this](bool anew) { return collect(anew, false); });
  caught_up_ = core_.caught_up();
  if (changed || net::monotonic_now() >= next_publish_) publish();
  last_turn_ = net::monotonic_now().time_since_epoch().count();
}

void StreamCoreRunner::publish() {
  const Instant now = net::monotonic_now();
  auto fresh =
      std::make_shared<const resilience::Snapshot>(core_.snapshot(now, why_unread(downlink_.status()), elsewhere_));
  next_publish_ = now + kPublishInterval;
  const std::lock_guard lock(mutex_);
  snapshot_.swap(fresh);
  states_ = core_.states();
  published_ = net::wall_now();
}

}  // namespace isthmus::app
