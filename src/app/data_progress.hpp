#pragma once
// The line that shows how far the reading of a large file has come. A thread of its own draws it, on standard error,
// and only on a terminal; created and destroyed by whoever reads.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace isthmus::app {

class DataProgress {
 public:
  DataProgress(std::string name, std::uint64_t size);
  /// Takes the line away again.
  ~DataProgress();
  DataProgress(const DataProgress&) = delete;
  DataProgress& operator=(const DataProgress&) = delete;

  /// For the reader to count in.
  [[nodiscard]] std::atomic<std::uint64_t>* bytes_read() { return &bytes_read_; }

 private:
  void draw_until_done();

  std::string name_;
  std::uint64_t size_;
  std::atomic<std::uint64_t> bytes_read_{0};
  std::mutex mutex_;
  std::condition_variable done_changed_;
  bool done_{false};  // guarded by mutex_
  std::thread thread_;
};

}  // namespace isthmus::app
