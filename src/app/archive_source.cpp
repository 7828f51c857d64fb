#include "app/archive_source.hpp"

#include <utility>

namespace isthmus::app {
namespace {

// Large enough to make handing over cheap, few enough to stay in the caches.
constexpr std::size_t kBatch = 128;
constexpr std::size_t kBatchesUnderWay = 4;

}  // namespace

ArchiveSource::ArchiveSource(formats::ArchiveReader reader, const ReplayScope& scope)
    : reader_(std::move(reader)), scope_(scope), pipe_(kBatchesUnderWay), thread_([this] { read(); }) {}

ArchiveSource::~ArchiveSource() { pipe_.close(); }

void ArchiveSource::read() {
  bool more = true;
  while (more) {
    std::vector<WaitingObservation> batch = pipe_.reuse();
    batch.resize(kBatch);
    std::size_t filled = 0;
    while (filled < kBatch && (more = read_relevant(batch[filled]))) ++filled;
    batch.resize(filled);
    bytes_read_.store(reader_.summary().bytes, std::memory_order_relaxed);
    if (!pipe_.send(std::move(batch))) return;
  }
  pipe_.close();
}

bool ArchiveSource::read_relevant(WaitingObservation& into) {
  while (reader_.next(observation_)) {
    switch (scope_.assign(observation_)) {
      case ReplayScope::Verdict::relevant: into.pack(observation_); return true;
      case ReplayScope::Verdict::no_target: ++skipped_.no_target; break;
      case ReplayScope::Verdict::no_vantage: ++skipped_.no_vantage; break;
    }
  }
  return false;
}

bool ArchiveSource::next(WaitingObservation& into) {
  while (taken_ == batch_.size()) {
    if (!batch_.empty()) pipe_.give_back(std::exchange(batch_, {}));
    taken_ = 0;
    auto batch = pipe_.receive();
    if (!batch) {
      // Makes what the thread has counted visible here.
      if (thread_.joinable()) thread_.join();
      return false;
    }
    batch_ = std::move(*batch);
  }
  std::swap(batch_[taken_++], into);
  return true;
}

}  // namespace isthmus::app
