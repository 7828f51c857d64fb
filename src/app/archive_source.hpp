#pragma once
// One archive of a replay, read ahead by a thread of its own: parsing takes longer than anything else. Created and
// destroyed by one thread, read by one thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "app/batch_pipe.hpp"
#include "app/replay_scope.hpp"
#include "isthmus/formats/archive.hpp"

namespace isthmus::app {

class ArchiveSource {
 public:
  /// Observations that the scope does not know, by ReplayScope::Verdict.
  struct Skipped {
    std::uint64_t no_target{0};
    std::uint64_t no_vantage{0};
  };

  /// `scope` must outlive it.
  ArchiveSource(formats::ArchiveReader reader, const ReplayScope& scope);
  ArchiveSource(const ArchiveSource&) = delete;
  ArchiveSource& operator=(const ArchiveSource&) = delete;
  ~ArchiveSource();

  /// Swaps the next observation that the scope knows into `into`; false at the end.
  bool next(Observation& into);

  /// Of the unpacked archive; any thread.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }
  /// Once next() was false.
  [[nodiscard]] const formats::ArchiveSummary& summary() const { return reader_.summary(); }
  [[nodiscard]] const Skipped& skipped() const { return skipped_; }

 private:
  void read();
  bool read_relevant(Observation& into);

  formats::ArchiveReader reader_;  // Belongs to the thread until that has ended, like what was skipped.
  const ReplayScope& scope_;
  Skipped skipped_;
  std::atomic<std::uint64_t> bytes_read_{0};
  BatchPipe<Observation> pipe_;
  std::vector<Observation> batch_;
  std::size_t taken_{0};
  std::jthread thread_;  // Last: the others live longer.
};

}  // namespace isthmus::app
