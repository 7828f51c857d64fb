#include "isthmus/fleet/downlink.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "fleet/broker.hpp"
#include "fleet/stream_reader.hpp"

namespace isthmus::fleet {
namespace {

constexpr std::size_t kMessagesAtOnce = 500;
// A pull for many returns when there are as many, or after so long: what a message may wait for others.
constexpr Duration kLongestPull = std::chrono::milliseconds(100);
constexpr Duration kPauseAfterFailure = std::chrono::milliseconds(500);

std::size_t bytes_of(const Reading& reading) {
  std::size_t bytes = 0;
  for (const StreamMessage& message : reading.messages) bytes += message.bytes.size();
  return bytes;
}

class NatsDownlink : public Downlink {
 public:
  NatsDownlink(std::shared_ptr<Broker> broker, DownlinkSettings settings)
      : settings_(std::move(settings)), broker_(std::move(broker)) {
    for (const PartitionStart& start : settings_.partitions)
      status_.push_back({.partition = start.partition, .pending = {}, .problem = {}});
  }
  ~NatsDownlink() override { stop(); }

  void start() override {
    for (std::size_t i = 0; i < settings_.partitions.size(); ++i) threads_.emplace_back([this, i] { read(i); });
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::optional<Reading> receive_until(std::chrono::steady_clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return !waiting_.empty() || std::exchange(woken_, false); });
    if (waiting_.empty()) return std::nullopt;
    Reading reading = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= bytes_of(reading);
    lock.unlock();
    changed_.notify_all();
    return reading;
  }

  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  [[nodiscard]] DownlinkStatus status() const override {
    const BrokerState broker = broker_->state();
    DownlinkStatus status{
        .connected = broker.connected, .connects = broker.connects, .problem = broker.problem, .partitions = {}};
    const std::lock_guard lock(mutex_);
    status.partitions = status_;
    return status;
  }

 private:
  void read(std::size_t index) {
    const PartitionStart& start = settings_.partitions[index];
    StreamReader reader(*broker_, settings_.stream, start.partition, {start.position, start.rehearsal});
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      changed_.wait(lock, [this] { return stopping_ || bytes_ < settings_.most_bytes; });
      if (stopping_) return;
      lock.unlock();
      const std::string forbidden = settings_.forbidden ? settings_.forbidden(start.partition) : std::string();
      if (!forbidden.empty()) {
        lock.lock();
        status_[index].problem = forbidden;
        changed_.wait_for(lock, kPauseAfterFailure, [this] { return stopping_; });
        continue;
      }
      auto messages = reader.fetch(kMessagesAtOnce, kLongestPull);
      lock.lock();
      PartitionStatus& status = status_[index];
      status.problem = messages ? std::string() : to_string(messages.error());
      status.pending = reader.pending();
      if (!messages) {
        changed_.wait_for(lock, kPauseAfterFailure, [this] { return stopping_; });
        continue;
      }
      hand_over({.partition = start.partition, .created = *reader.created(), .messages = std::move(*messages)});
    }
  }

  // The caller holds the lock.
  void hand_over(Reading reading) {
    // That there is nothing needs to be said once.
    if (reading.messages.empty() && !waiting_.empty()) return;
    bytes_ += bytes_of(reading);
    waiting_.push_back(std::move(reading));
    changed_.notify_all();
  }

  const DownlinkSettings settings_;
  const std::shared_ptr<Broker> broker_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Reading> waiting_;  // guarded by mutex_, as is all below
  std::size_t bytes_{0};         // of those
  std::vector<PartitionStatus> status_;
  bool woken_{false};
  bool stopping_{false};
  std::vector<std::thread> threads_;  // the owner's
};

}  // namespace

std::unique_ptr<Downlink> Downlink::create(std::shared_ptr<Broker> broker, DownlinkSettings settings) {
  return std::make_unique<NatsDownlink>(std::move(broker), std::move(settings));
}

}  // namespace isthmus::fleet
