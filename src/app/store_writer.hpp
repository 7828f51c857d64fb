#pragma once
// Writes what the core has to be remembered, on a thread of its own: a disk takes its time, above all when the store's
// log is copied into the database, and the core must not wait for it. One batch at a time; while one is being written
// the core keeps what is new. Created, started, stopped and used by the core's runner, on the core's thread.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "isthmus/store/store.hpp"

namespace isthmus::app {

class StoreWriter {
 public:
  /// Whether the file has the batch; otherwise it waits in memory, and goes with a later one.
  using Written = std::function<void(bool in_file)>;

  /// `store` outlives the writer. Both are called on the writer's thread after each batch: `written`, if any, before
  /// the next one can be made, `done` when idle() is true again.
  explicit StoreWriter(store::Store& store, std::function<void()> done, Written written = {});
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  void start();
  /// Writes what was submitted, and ends the thread. Safe to call twice.
  void stop();

  [[nodiscard]] bool idle() const;
  void wait_until_idle() const;
  /// Precondition: idle().
  void submit(store::Batch batch);
  /// Whether everything must be told again: the file does not hold what was written to it before. Asks once.
  [[nodiscard]] bool take_anew();

 private:
  void run();
  void write(store::Batch batch);
  void log_failure(const Result<store::Written>& written);
  [[nodiscard]] Duration keep_house();

  store::Store& store_;
  std::function<void()> done_;
  Written written_;
  bool fails_{false};
  std::uint64_t damaged_files_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<store::Batch> submitted_;  // guarded by mutex_, as are those below
  bool writing_{false};
  bool anew_{false};
  bool stopping_{false};
  std::thread thread_;
};

}  // namespace isthmus::app
