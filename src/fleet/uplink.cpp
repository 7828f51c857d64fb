#include "isthmus/fleet/uplink.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fleet/outbox.hpp"
#include "fleet/publisher.hpp"
#include "fleet/sender.hpp"

namespace isthmus::fleet {
namespace {

using Clock = std::chrono::steady_clock;

// Messages taken from the bus between two looks at everything else.
constexpr int kMessagesAtOnce = 1024;
constexpr Duration kLongestWait = std::chrono::seconds(1);
constexpr Duration kHouseEvery = std::chrono::minutes(1);

Instant now() { return Instant(Clock::now().time_since_epoch()); }
Timestamp wall() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

class NatsUplink : public Uplink {
 public:
  NatsUplink(const UplinkSettings& settings, InProcessBus& bus, std::shared_ptr<Broker> broker, Spool spool)
      : bus_(bus),
        may_send_(settings.may_send),
        outbox_({.partitions = settings.stream.partitions, .targets = settings.targets, .boot = settings.boot}),
        broker_(std::move(broker)),
        spool_(std::move(spool)),
        publisher_(*broker_, [&bus] { bus.wake(); }),
        sender_(spool_, publisher_) {
    note();
  }
  ~NatsUplink() override { stop(Duration::zero()); }

  void start() override {
    thread_ = std::thread([this] { run(); });
  }
  void stop(Duration longest) override {
    longest_ = longest;
    stopping_ = true;
    bus_.wake();
    if (thread_.joinable()) thread_.join();
  }
  void retarget(std::vector<std::string> targets, std::uint32_t partitions) override {
    {
      const std::lock_guard lock(mutex_);
      wanted_ = Wanted{std::move(targets), partitions};
    }
    bus_.wake();
  }
  [[nodiscard]] UplinkStatus status() const override {
    const BrokerState broker = broker_->state();
    const std::lock_guard lock(mutex_);
    UplinkStatus status = status_;
    status.connected = broker.connected;
    status.connects = broker.connects;
    if (!broker.connected || status.problem.empty()) status.problem = broker.problem;
    return status;
  }

 private:
  struct Wanted {
    std::vector<std::string> targets;
    std::uint32_t partitions{1};
  };

  void run() {
    Instant next_house = now();
    while (!stopping_) {
      const Instant sending = sends() ? sender_.next_turn() : Instant::max();
      const Instant next = std::min({outbox_.next_due(), sending, now() + kLongestWait});
      take_targets();
      auto message = bus_.receive_until(Clock::time_point(next.time_since_epoch()));
      for (int taken = 0; message; message = ++taken < kMessagesAtOnce ? bus_.try_receive() : std::nullopt) {
        outbox_.add(*message, now());
      }
      turn(false);
      if (now() < next_house) continue;
      spool_.keep_house(wall());
      next_house = now() + kHouseEvery;
    }
    while (const auto message = bus_.try_receive()) outbox_.add(*message, now());
    turn(true);
    // Without a broker waiting is in vain, and the spool is there after the next start.
    const auto drains = [this] { return spool_.status().batches > 0 && sends() && broker_->state().connected; };
    for (const Instant end = now() + longest_; drains() && now() < end; turn(false)) {
      publisher_.wait(std::min<Duration>(end - now(), std::chrono::milliseconds(50)));
    }
  }

  void turn(bool all) {
    spool_.append(outbox_.take(now(), all), wall());
    if (sends()) {
      sender_.turn(now());
    } else {
      sender_.take(now());
    }
    note();
  }

  [[nodiscard]] bool sends() const { return !may_send_ || may_send_(); }

  void take_targets() {
    std::optional<Wanted> wanted;
    {
      const std::lock_guard lock(mutex_);
      wanted = std::exchange(wanted_, std::nullopt);
    }
    if (wanted) outbox_.retarget(std::move(wanted->targets), wanted->partitions);
  }

  void note() {
    const SpoolStatus& spool = spool_.status();
    const SenderStatus& sender = sender_.status();
    const std::lock_guard lock(mutex_);
    status_.problem = spool.last_error.empty() ? sender.problem : spool.last_error;
    status_.waiting_batches = spool.batches;
    status_.waiting_bytes = spool.bytes;
    status_.arrived_batches = sender.arrived_batches;
    status_.duplicates = sender.duplicates;
    status_.refused = sender.refused;
    status_.unanswered = sender.unanswered;
    status_.dropped_batches = spool.dropped_batches;
    status_.dropped_messages = spool.dropped_messages;
    status_.spool_failures = spool.failures;
    status_.moved_to = spool.moved_to;
    status_.turned = now();
  }

  InProcessBus& bus_;
  std::function<bool()> may_send_;
  Outbox outbox_;
  std::shared_ptr<Broker> broker_;
  Spool spool_;
  Publisher publisher_;
  Sender sender_;
  mutable std::mutex mutex_;
  UplinkStatus status_;  // guarded by mutex_, as is the one below
  std::optional<Wanted> wanted_;
  std::atomic<bool> stopping_{false};
  Duration longest_{};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Uplink>> Uplink::create(UplinkSettings settings, InProcessBus& bus) {
  SpoolSettings spool_settings;
  spool_settings.path = settings.spool;
  spool_settings.most_bytes = settings.spool_bytes;
  spool_settings.most_age = settings.spool_age;
  auto spool = Spool::open(std::move(spool_settings), wall());
  if (!spool) return spool.error();
  if (!settings.connection) {
    auto broker = connect(settings.broker);
    if (!broker) return broker.error();
    settings.connection = std::move(*broker);
  }
  return std::unique_ptr<Uplink>(new NatsUplink(settings, bus, settings.connection, std::move(*spool)));
}

}  // namespace isthmus::fleet
