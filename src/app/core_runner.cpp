#include "app/core_runner.hpp"

#include <spdlog/spdlog.h>

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kPublishInterval = std::chrono::seconds(1);
constexpr Duration kSaveInterval = std::chrono::seconds(5);
constexpr Duration kFlushInterval = std::chrono::seconds(1);
// Saving the baseline of a large configuration takes its time: no more than a tenth of the thread's.
constexpr int kSavePause = 10;
constexpr Duration kExpiryInterval = std::chrono::hours(1);
// Longer without a turn means that something has taken the thread hostage: the health check then says so.
constexpr Duration kAliveWithin = std::chrono::seconds(30);
// Messages handled between two looks at events and clocks.
constexpr int kMessageBatch = 1024;

std::string subject_of(const Event& event) {
  if (!event.vantage.empty()) return event.vantage;
  return event.block ? event.target + " " + to_string(*event.block) : event.target;
}

void log_event(const Event& event) {
  spdlog::info("event={} id={} subject=\"{}\" upstream={} before=\"{}\" after=\"{}\" summary=\"{}\"",
               to_string(event.kind), event.id, subject_of(event), event.upstream.number, event.before, event.after,
               event.evidence.summary);
}

}  // namespace

CoreRunner::CoreRunner(resilience::Core core, fleet::InProcessBus& bus, store::Store& store, RetraceSink retrace)
    : core_(std::move(core)), bus_(bus), store_(store), retrace_(std::move(retrace)) {}

CoreRunner::~CoreRunner() { stop(); }

void CoreRunner::start() {
  publish(advance());
  last_turn_ = net::monotonic_now().time_since_epoch().count();
  thread_ = std::thread([this] { run(); });
}

void CoreRunner::stop() {
  stopping_ = true;
  bus_.wake();
  if (thread_.joinable()) thread_.join();
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
  Timestamp next_save = now_ + kSaveInterval;
  Timestamp earliest_save = now_;
  bool save_needed = false;
  while (!stopping_) {
    take_reconfiguration();
    const Timestamp until = std::min(core_.next_deadline(), next_publish);
    const Duration wait = std::max(Duration::zero(), until - advance());
    auto message = bus_.receive_until(std::chrono::steady_clock::now() + std::min(wait, kPublishInterval));
    for (int handled = 0; message && handled < kMessageBatch; ++handled, message = bus_.try_receive()) handle(*message);
    // The last one taken in a full batch must not be lost.
    if (message) handle(*message);
    core_.handle_tick(advance());
    while (const auto request = core_.poll_retrace()) retrace_(*request);
    const bool changed = drain_events();
    if (changed || now_ >= next_publish) {
      publish(now_);
      next_publish = now_ + kPublishInterval;
    }
    save_needed = save_needed || changed;
    if ((save_needed && now_ >= earliest_save) || now_ >= next_save) {
      const Timestamp started = advance();
      save_baseline();
      save_needed = false;
      earliest_save = advance() + kSavePause * (now_ - started);
      next_save = std::max(earliest_save, now_ + kSaveInterval);
    }
    keep_house(now_);
    last_turn_ = net::monotonic_now().time_since_epoch().count();
  }
  while (const auto message = bus_.try_receive()) handle(*message);
  static_cast<void>(drain_events());
  publish(advance());
  if (store_.status().backlog > 0) static_cast<void>(store_.flush());
  save_baseline();
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

bool CoreRunner::drain_events() {
  bool any = false;
  while (auto event = core_.poll_event()) {
    any = true;
    if (const auto stored = store_.append(*event); !stored) {
      spdlog::error("event=store_failed error=\"{}\"", to_string(stored.error()));
    }
    log_event(*event);
  }
  return any;
}

void CoreRunner::publish(Timestamp now) {
  auto fresh = std::make_shared<const resilience::Snapshot>(core_.snapshot(now));
  const std::lock_guard lock(mutex_);
  snapshot_.swap(fresh);
}

void CoreRunner::save_baseline() {
  if (const auto saved = store_.save(core_.baseline()); !saved) {
    spdlog::error("event=store_failed error=\"{}\"", to_string(saved.error()));
  }
}

void CoreRunner::keep_house(Timestamp now) {
  // What could not be written when it happened.
  if (now >= next_flush_ && store_.status().backlog > 0) {
    next_flush_ = now + kFlushInterval;
    if (store_.flush()) spdlog::info("event=store_caught_up");
  }
  if (now < next_expiry_) return;
  next_expiry_ = now + kExpiryInterval;
  if (const auto expired = store_.expire(now); expired && *expired > 0) {
    spdlog::info("event=store_expired events={}", *expired);
  }
}

}  // namespace isthmus::app
