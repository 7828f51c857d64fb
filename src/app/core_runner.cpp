#include "app/core_runner.hpp"

#include <utility>

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kPublishInterval = std::chrono::seconds(1);
// Records of days written at a time: at midnight all of them change at once.
constexpr std::size_t kDaysAtOnce = 2000;
// Longer without a turn means that something has taken the thread hostage: the health check then says so.
constexpr Duration kAliveWithin = std::chrono::seconds(30);
// Messages handled between two looks at events and clocks.
constexpr int kMessageBatch = 1024;

}  // namespace

CoreRunner::CoreRunner(resilience::Core core, resilience::DayBook days, fleet::InProcessBus& bus, store::Store& store,
                       CoreSinks sinks)
    : core_(std::move(core)),
      days_(std::move(days)),
      bus_(bus),
      feed_(store, [&bus] { bus.wake(); }),
      sinks_(std::move(sinks)) {}

CoreRunner::~CoreRunner() { stop(); }

void CoreRunner::start() {
  publish(advance());
  last_turn_ = net::monotonic_now().time_since_epoch().count();
  feed_.start();
  thread_ = std::thread([this] { run(); });
}

void CoreRunner::stop() {
  stopping_ = true;
  bus_.wake();
  if (thread_.joinable()) thread_.join();
  feed_.stop();
}

std::shared_ptr<const resilience::Snapshot> CoreRunner::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

bool CoreRunner::alive(Instant now) const { return now - Instant(Duration(last_turn_.load())) < kAliveWithin; }

void CoreRunner::reconfigure(resilience::CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data) {
  {
    const std::lock_guard lock(mutex_);
    requested_ = Reconfiguration{std::move(settings), std::move(data)};
  }
  bus_.wake();
}

// The core's time never goes back, also when somebody sets the clock back.
Timestamp CoreRunner::advance() {
  now_ = std::max(now_, net::wall_now());
  return now_;
}

void CoreRunner::run() {
  Timestamp next_publish = advance();
  while (!stopping_) {
    take_reconfiguration();
    const Timestamp until = std::min(core_.next_deadline(), next_publish);
    const Duration wait = std::max(Duration::zero(), until - advance());
    auto message = bus_.receive_until(std::chrono::steady_clock::now() + std::min(wait, kPublishInterval));
    for (int handled = 0; message && handled < kMessageBatch; ++handled, message = bus_.try_receive()) handle(*message);
    // The last one taken in a full batch must not be lost.
    if (message) handle(*message);
    core_.handle_tick(advance());
    hand_over_wishes(core_, sinks_);
    const bool changed = take_events();
    feed_.turn(now_, [this](bool anew) { return changes(anew, false); });
    if (changed || now_ >= next_publish) {
      publish(now_);
      next_publish = now_ + kPublishInterval;
    }
    last_turn_ = net::monotonic_now().time_since_epoch().count();
  }
  while (const auto message = bus_.try_receive()) handle(*message);
  static_cast<void>(take_events());
  publish(advance());
  feed_.finish([this](bool anew) { return changes(anew, true); });
}

void CoreRunner::take_reconfiguration() {
  std::optional<Reconfiguration> requested;
  {
    const std::lock_guard lock(mutex_);
    requested.swap(requested_);
  }
  if (requested) core_.reconfigure(std::move(requested->settings), std::move(requested->data));
}

void CoreRunner::handle(const fleet::Message& message) {
  if (const auto* observation = std::get_if<Observation>(&message)) {
    core_.handle_observation(*observation, advance());
  } else {
    core_.handle_report(std::get<ProberReport>(message), advance());
  }
}

// Whether there were any.
bool CoreRunner::take_events() {
  std::vector<Event> events;
  while (auto event = core_.poll_event()) events.push_back(std::move(*event));
  const bool any = !events.empty();
  feed_.add(std::move(events));
  return any;
}

store::Batch CoreRunner::changes(bool anew, bool drift) {
  if (anew) {
    core_.forget_polled_baseline();
    days_.forget_polled();
  }
  store::Batch batch;
  batch.baseline = core_.poll_baseline(now_, drift);
  batch.paths = core_.poll_path_changes();
  batch.days = days_.poll_changed(kDaysAtOnce);
  batch.late = core_.poll_late();
  batch.alive = days_.latest();
  return batch;
}

void CoreRunner::publish(Timestamp now) {
  auto fresh = std::make_shared<const resilience::Snapshot>(core_.snapshot(now, resilience::Effort::little));
  days_.handle_snapshot(*fresh);
  const std::lock_guard lock(mutex_);
  snapshot_.swap(fresh);
}

}  // namespace isthmus::app
