#pragma once
// One archive of a replay, read ahead by a thread of its own: parsing takes longer than anything else. What was read is
// packed at once, because it waits for minutes among tens of thousands. Created and destroyed by one thread, read by
// one thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "app/batch_pipe.hpp"
#include "app/replay_scope.hpp"
#include "app/waiting_observation.hpp"
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
  bool next(WaitingObservation& into);

  /// Of the unpacked archive; any thread.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }
  /// Once next() was false.
  [[nodiscard]] const formats::ArchiveSummary& summary() const { return reader_.summary(); }
  [[nodiscard]] const Skipped& skipped() const { return skipped_; }

 private:
  void read();
  bool read_relevant(WaitingObservation& into);

  formats::ArchiveReader reader_;  // Belongs to the thread until that has ended, like what was skipped.
  const ReplayScope& scope_;
  Observation observation_;  // As it was read; always in the same memory.
  Skipped skipped_;
  std::atomic<std::uint64_t> bytes_read_{0};
  BatchPipe<WaitingObservation> pipe_;
  std::vector<WaitingObservation> batch_;
  std::size_t taken_{0};
  std::jthread thread_;  // Last: the others live longer.
};

}  // namespace isthmus::app
