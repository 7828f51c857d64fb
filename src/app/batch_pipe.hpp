#pragma once
// Batches on their way from one thread to another, and empty ones on their way back, so that their memory is used
// again. Bounded: the sender waits for room. One sending and one receiving thread.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace isthmus::app {

template <typename T>
class BatchPipe {
 public:
  using Batch = std::vector<T>;

  explicit BatchPipe(std::size_t capacity) : capacity_(capacity) {}
  BatchPipe(const BatchPipe&) = delete;
  BatchPipe& operator=(const BatchPipe&) = delete;

  /// Waits for room. False when nobody receives any more.
  bool send(Batch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return full_.size() < capacity_ || closed_; });
    if (closed_) return false;
    full_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  /// Waits for the next batch; nothing when the pipe was closed and is empty.
  std::optional<Batch> receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !full_.empty() || closed_; });
    if (full_.empty()) return std::nullopt;
    Batch batch = std::move(full_.front());
    full_.pop_front();
    changed_.notify_all();
    return batch;
  }

  /// A batch whose elements may be overwritten.
  Batch reuse() {
    const std::lock_guard lock(mutex_);
    if (used_.empty()) return {};
    Batch batch = std::move(used_.back());
    used_.pop_back();
    return batch;
  }
  void give_back(Batch batch) {
    const std::lock_guard lock(mutex_);
    used_.push_back(std::move(batch));
  }

  /// From either side: no more batches will be sent, or taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> full_;   // guarded by mutex_
  std::vector<Batch> used_;  // guarded by mutex_
  bool closed_{false};       // guarded by mutex_
};

}  // namespace isthmus::app
