#pragma once
// A bounded queue from many threads to one. Senders never wait for room: what does not fit is dropped and
// counted. Any number of threads may push; one thread pops. The consumer can be woken without a message (for
// signals).

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace isthmus::fleet {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  /// False when the queue was full or closed; the message is then gone and counted.
  bool push(T message) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || messages_.size() >= capacity_) {
        ++dropped_;
        return false;
      }
      messages_.push_back(std::move(message));
    }
    ready_.notify_one();
    return true;
  }

  /// The oldest message. Nothing when the deadline passes, after wake(), or when the queue is closed and
  /// empty.
  std::optional<T> pop_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    ready_.wait_until(lock, deadline, [this] { return !messages_.empty() || woken_ || closed_; });
    woken_ = false;
    return take();
  }

  /// The oldest message, without waiting.
  std::optional<T> try_pop() {
    const std::lock_guard lock(mutex_);
    return take();
  }

  /// Ends the consumer's present or next wait.
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    ready_.notify_one();
  }

  /// No more messages are taken; those inside can still be popped.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return messages_.size();
  }
  [[nodiscard]] std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  std::optional<T> take() {
    if (messages_.empty()) return std::nullopt;
    std::optional<T> message(std::move(messages_.front()));
    messages_.pop_front();
    return message;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> messages_;
  std::uint64_t dropped_{0};
  bool woken_{false};
  bool closed_{false};
};

}  // namespace isthmus::fleet
