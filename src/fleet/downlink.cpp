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
      status_.push_back({.partition = start.partition, .pending = {}, .waiting = 0, .problem = {}});
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

  // Who has slept, and whose partition another core has by now, must not tell what was read before.
  std::optional<Reading> receive_until(std::chrono::steady_clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    const auto is_ours = [this](const Reading& reading) { return why_not(reading.partition).empty(); };
    auto next = waiting_.end();
    changed_.wait_until(lock, deadline, [&] {
      next = std::ranges::find_if(waiting_, is_ours);
      return next != waiting_.end() || std::exchange(woken_, false);
    });
    if (next == waiting_.end()) return std::nullopt;
    Reading reading = std::move(*next);
    waiting_.erase(next);
    // Whoever takes it is not at the end while more of it waits here.
    if (!reading.messages.empty()) reading.messages.back().pending = untaken_of(reading.partition);
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
    for (PartitionStatus& partition : status.partitions) {
      partition.waiting = waiting_of(partition.partition);
      if (partition.pending) partition.pending = untaken_of(partition.partition);
    }
    return status;
  }

 private:
  [[nodiscard]] std::string why_not(std::uint32_t partition) const {
    return settings_.forbidden ? settings_.forbidden(partition) : std::string();
  }

  // Messages read and not taken. The caller holds the lock.
  [[nodiscard]] std::uint64_t waiting_of(std::uint32_t partition) const {
    std::uint64_t messages = 0;
    for (const Reading& reading : waiting_) messages += reading.partition == partition ? reading.messages.size() : 0;
    return messages;
  }

  [[nodiscard]] std::uint64_t untaken_of(std::uint32_t partition) const {
    const auto status = std::ranges::find(status_, partition, &PartitionStatus::partition);
    return status->pending.value_or(0) + waiting_of(partition);
  }

  /// One partition, as its thread has it.
  struct Way {
    const PartitionStart& start;
    ReadFrom from;
    std::optional<StreamReader> reader{};
    bool ours{false};
  };

  void read(std::size_t index) {
    const PartitionStart& start = settings_.partitions[index];
    Way way{.start = start, .from = {start.position, start.rehearsal}};
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const std::string why = why_not(start.partition);
      lock.lock();
      if (!why.empty() && std::exchange(way.ours, false)) put_back(way);
      if (why.empty() && bytes_ >= settings_.most_bytes) {
        changed_.wait_for(lock, kPauseAfterFailure, [this] { return stopping_ || bytes_ < settings_.most_bytes; });
        continue;
      }
      lock.unlock();
      auto messages = why.empty() ? fetch(way) : Result<std::vector<StreamMessage>>({});
      lock.lock();
      PartitionStatus& status = status_[index];
      status.problem = messages ? why : to_string(messages.error());
      if (way.reader) status.pending = way.reader->pending();
      if (!status.problem.empty()) {
        changed_.wait_for(lock, kPauseAfterFailure, [this] { return stopping_; });
        continue;
      }
      // A moment in which nothing came is no end: the link may be slow, or the broker still be looking.
      if (messages->empty() && way.reader->pending().value_or(1) > 0) continue;
      hand_over({.partition = start.partition, .created = *way.reader->created(), .messages = std::move(*messages)});
    }
  }

  Result<std::vector<StreamMessage>> fetch(Way& way) {
    if (!way.ours) {
      if (const auto begun = begin(way); !begun) return begun.error();
    }
    return way.reader->fetch(kMessagesAtOnce, kLongestPull);
  }

  // The partition has become ours: from where somebody else has left it, or from where we are.
  Result<void> begin(Way& way) {
    auto left = settings_.take_over ? settings_.take_over(way.start) : Result<std::optional<Handover>>(std::nullopt);
    if (!left) return left.error();
    way.ours = true;
    if (*left) {
      way.from = {(*left)->position, way.start.rehearsal};
      way.reader.reset();
      const std::lock_guard lock(mutex_);
      forget([&](const Reading& reading) { return reading.partition == way.start.partition; });
      waiting_.push_back({.partition = way.start.partition,
                          .created = way.from.position.created,
                          .messages = {},
                          .taken_over = std::make_shared<const Handover>(std::move(**left))});
    }
    if (!way.reader) way.reader.emplace(*broker_, settings_.stream, way.start.partition, way.from);
    return {};
  }

  // It is not ours any more: what nobody has taken is read again should it become so, and takes up no room meanwhile.
  // The caller holds the lock.
  void put_back(Way& way) {
    const auto is_untaken = [&](const Reading& reading) {
      return reading.partition == way.start.partition && !reading.messages.empty();
    };
    const auto first = std::ranges::find_if(waiting_, is_untaken);
    if (first == waiting_.end()) return;
    const StreamMessage& message = first->messages.front();
    way.from = {{first->created, message.sequence - 1, message.stored}, Duration::zero()};
    way.reader.reset();
    forget(is_untaken);
  }

  // The caller holds the lock, as below.
  template <typename Which>
  void forget(Which which) {
    std::erase_if(waiting_, which);
    bytes_ = 0;
    for (const Reading& reading : waiting_) bytes_ += bytes_of(reading);
    changed_.notify_all();
  }

  void hand_over(Reading reading) {
    const auto is_of_it = [&](const Reading& other) { return other.partition == reading.partition; };
    // That there is nothing needs to be said once.
    if (reading.messages.empty() && std::ranges::any_of(waiting_, is_of_it)) return;
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
