#include "app/replay_archives.hpp"

#include <algorithm>
#include <utility>

#include "app/archive_run.hpp"

namespace isthmus::app {
namespace {

// Long enough for three rounds of RIPE Atlas's slowest default.
constexpr Duration kSampledTime = std::chrono::hours(2);
constexpr std::size_t kMostSampled = 100'000;
// Large enough to make handing over cheap, few enough to stay in the caches.
constexpr std::size_t kBatch = 256;
constexpr std::size_t kBatchesUnderWay = 8;
// Fetched before they are needed.
constexpr std::size_t kAhead = 2;

void sample(formats::ArchiveReader& reader, const ReplayScope& scope, CadenceEstimator& cadence) {
  Observation observation;
  std::optional<Timestamp> first;
  for (std::size_t sampled = 0; sampled < kMostSampled && reader.next(observation);) {
    if (scope.assign(observation) != ReplayScope::Verdict::relevant) continue;
    const Timestamp time = time_of(observation);
    if (!first) first = time;
    if (time - *first > kSampledTime) return;
    cadence.add(observation);
    ++sampled;
  }
}

}  // namespace

Result<CadenceEstimator> estimate_cadence(const std::vector<std::string>& files, const ReplayScope& scope) {
  CadenceEstimator cadence;
  for (const std::string& file : files) {
    if (!archive_size(file)) continue;
    auto reader = formats::ArchiveReader::open(file);
    if (!reader) return reader.error();
    sample(*reader, scope, cadence);
  }
  return cadence;
}

Result<std::unique_ptr<ArchiveReplay>> ArchiveReplay::open(const std::vector<std::string>& files, ReplayScope scope,
                                                           const OrderSettings& settings) {
  std::vector<formats::ArchiveReader> readers;
  for (const std::string& file : files) {
    auto reader = formats::ArchiveReader::open(file);
    if (!reader) return reader.error();
    readers.push_back(std::move(*reader));
  }
  return std::unique_ptr<ArchiveReplay>(new ArchiveReplay(std::move(readers), files, std::move(scope), settings));
}

ArchiveReplay::ArchiveReplay(std::vector<formats::ArchiveReader> readers, const std::vector<std::string>& files,
                             ReplayScope scope, const OrderSettings& settings)
    : scope_(std::move(scope)), order_(begin_sources(std::move(readers)), settings), pipe_(kBatchesUnderWay) {
  for (const std::string& file : files) {
    const auto size = archive_size(file);
    if (!size || size->packed) {
      sizes_.clear();
      total_size_ = 0;
      break;
    }
    sizes_.push_back(size->bytes);
    total_size_ += size->bytes;
  }
  thread_ = std::jthread([this] { order_all(); });
}

ArchiveReplay::~ArchiveReplay() { pipe_.close(); }

std::vector<ObservationSource> ArchiveReplay::begin_sources(std::vector<formats::ArchiveReader> readers) {
  std::vector<ObservationSource> sources;
  for (formats::ArchiveReader& reader : readers) {
    ArchiveSource& archive = *archives_.emplace_back(std::make_unique<ArchiveSource>(std::move(reader), scope_));
    sources.emplace_back([&archive](WaitingObservation& into) { return archive.next(into); });
  }
  return sources;
}

void ArchiveReplay::order_all() {
  bool more = true;
  while (more) {
    std::vector<WaitingObservation> batch = pipe_.reuse();
    batch.resize(kBatch);
    std::size_t filled = 0;
    while (filled < kBatch && (more = order_.next(batch[filled]))) ++filled;
    batch.resize(filled);
    if (!pipe_.send(std::move(batch))) return;
  }
  pipe_.close();
}

const Observation* ArchiveReplay::next() {
  while (taken_ == batch_.size()) {
    if (!receive()) return nullptr;
  }
  if (taken_ + kAhead < batch_.size()) batch_[taken_ + kAhead].packed.fetch();
  return &batch_[taken_++].packed.unpack(current_);
}

bool ArchiveReplay::receive() {
  if (!batch_.empty()) pipe_.give_back(std::exchange(batch_, {}));
  taken_ = 0;
  auto batch = pipe_.receive();
  if (!batch) {
    if (thread_.joinable()) thread_.join();
    return false;
  }
  batch_ = std::move(*batch);
  return true;
}

std::optional<double> ArchiveReplay::share() const {
  if (total_size_ == 0) return std::nullopt;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < sizes_.size(); ++i) bytes += std::min(archives_[i]->bytes_read(), sizes_[i]);
  return static_cast<double>(bytes) / static_cast<double>(total_size_);
}

ReplayReading ArchiveReplay::reading() const {
  ReplayReading reading{.skipped = {}, .order = order_.counts(), .archives = {}};
  for (const auto& archive : archives_) {
    reading.skipped.no_target += archive->skipped().no_target;
    reading.skipped.no_vantage += archive->skipped().no_vantage;
    reading.archives.push_back(archive->summary());
  }
  return reading;
}

}  // namespace isthmus::app
