#pragma once
// What an agent has observed and no broker has confirmed yet: batches in a SQLite file, oldest first, bounded by bytes
// and age. Survives kill -9 at any moment; rides out days without a broker, and a full disk as far as memory goes.
// Owned and used by the agent's sending thread; time comes in as an argument.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/fleet/batch.hpp"
#include "sqlite/database.hpp"
#include "sqlite/writer_lock.hpp"

namespace isthmus::fleet {

struct SpoolSettings {
  std::string path;
  std::uint64_t most_bytes{1'000'000'000};               ///< Of batches; beyond that the oldest go.
  Duration most_age{std::chrono::hours(14 * 24)};        ///< Older ones go: no stream keeps them either.
  std::uint64_t most_bytes_in_memory{64 * 1024 * 1024};  ///< While the file cannot be written.
};

struct SpoolStatus {
  std::uint64_t batches{0};
  std::uint64_t bytes{0};
  std::uint64_t dropped_batches{0};   ///< By the caps, since the start,
  std::uint64_t dropped_messages{0};  ///< and what was in them.
  std::uint64_t failures{0};          ///< Writes that failed since the start.
  std::string last_error;             ///< Empty while all is well.
  std::string moved_to;               ///< Where a damaged file went; empty when there was none.
};

class Spool {
 public:
  /// One that waits. Its number ascends with age and is never used again.
  struct Waiting {
    std::uint64_t number{0};
    BatchId id;
    std::string subject;
    std::uint32_t messages{0};
    std::string bytes;
  };

  /// Opens or creates the file; a damaged one is moved aside. Where the disk is full or fails it begins in memory, and
  /// goes on trying. Errors: permission_denied, not_found, busy (another agent uses it), refused (not a spool).
  [[nodiscard]] static Result<Spool> open(SpoolSettings settings, Timestamp now);

  /// Never fails: what cannot be written waits in memory, and is written with the next ones. One transaction.
  void append(std::vector<Waiting> batches, Timestamp now);
  /// The oldest ones behind `after`, at least one if there is any, at most so many bytes.
  [[nodiscard]] std::vector<Waiting> read(std::uint64_t after, std::uint64_t most_bytes);
  /// They have arrived.
  void remove(const std::vector<std::uint64_t>& numbers);
  /// Deletes what is too old, and gives space back.
  void keep_house(Timestamp now);

  /// Of the newest one that was ever appended; 0 before the first.
  [[nodiscard]] std::uint64_t last_number() const { return next_number_ - 1; }
  /// How often the file was opened: each time there may be older ones in it than were seen before.
  [[nodiscard]] std::uint64_t openings() const { return openings_; }
  [[nodiscard]] const SpoolStatus& status() const { return status_; }

 private:
  Spool(SpoolSettings settings, sqlite::WriterLock lock);

  Result<void> reopen(Timestamp now);
  Result<void> recount();
  void hold_in_memory(Waiting batch, Timestamp now);
  void flush_memory(Timestamp now);
  Result<void> write_memory();
  void keep_memory_small();
  Result<void> delete_arrived();
  bool drop_oldest();
  void count_dropped(std::uint64_t batches, std::uint64_t messages, std::uint64_t bytes);

  enum class Work : std::uint8_t { write, read, remove, tidy };
  bool noted(const Result<void>& done, Work work);

  struct Held {
    Waiting batch;
    Timestamp time;
  };

  SpoolSettings settings_;
  sqlite::WriterLock lock_;
  std::unique_ptr<sqlite::Database> database_;  // null while it cannot be opened
  std::deque<Held> memory_;                     // numbers above those in the file
  std::uint64_t memory_bytes_{0};
  std::vector<std::uint64_t> arrived_;  // not deleted from the file yet
  std::uint64_t next_number_{1};
  std::uint64_t openings_{0};
  std::array<std::string, 4> errors_;  // What is wrong, by Work.
  SpoolStatus status_;
};

}  // namespace isthmus::fleet
