#include "isthmus/formats/archive.hpp"

#include <utility>

#include "formats/archive_decoder.hpp"
#include "formats/byte_source.hpp"
#include "formats/json_decoder.hpp"
#include "formats/warts_decoder.hpp"

namespace isthmus::formats {
namespace {

// So many records without one of a known format, and the file is something else.
constexpr int kRecordsToKnow = 100;

Error unknown_format(const ArchiveSummary& summary) {
  std::string detail = "it is no archive of traces: neither RIPE Atlas JSON, scamper warts nor scamper JSON";
  if (!summary.problems.empty()) {
    const ArchiveProblem& first = summary.problems.front();
    const bool is_text = first.line > 0;
    detail += is_text ? " (line " + std::to_string(first.line) : " (offset " + std::to_string(first.offset);
    detail += ": " + first.why + ")";
  }
  return Error{ErrorCode::parse_failed, "read " + summary.file, std::move(detail)};
}

}  // namespace

// Warts begins with its magic number, everything else is taken for JSON.
std::unique_ptr<ArchiveReader::Decoder> ArchiveReader::decoder_for(StreamWindow window) {
  while (window.text().size() < kWartsHeader && window.more()) {
  }
  if (is_warts(window.text())) return std::make_unique<WartsDecoder>(std::move(window));
  return std::make_unique<JsonDecoder>(std::move(window));
}

ArchiveReader::ArchiveReader(std::unique_ptr<Decoder> decoder, ArchiveSummary summary)
    : decoder_(std::move(decoder)), summary_(std::move(summary)) {}
ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

Result<ArchiveReader> ArchiveReader::open(const std::string& path) {
  auto bytes = open_bytes(path);
  if (!bytes) return bytes.error();
  ArchiveSummary summary;
  summary.file = path;
  ArchiveReader reader(decoder_for(StreamWindow(std::move(*bytes))), std::move(summary));
  Observation first;
  for (int i = 0; i < kRecordsToKnow && reader.summary_.format.empty(); ++i) {
    bool holds_observation = false;
    if (!reader.decoder_->step(first, holds_observation, reader.summary_)) break;
    if (holds_observation) reader.first_ = std::move(first);
  }
  if (reader.summary_.format.empty()) return unknown_format(reader.summary_);
  return reader;
}

bool ArchiveReader::next(Observation& into) {
  if (first_) {
    into = std::move(*first_);
    first_.reset();
    return true;
  }
  bool holds_observation = false;
  while (!holds_observation) {
    if (!decoder_->step(into, holds_observation, summary_)) return false;
  }
  return true;
}

std::optional<Observation> ArchiveReader::next() {
  std::optional<Observation> observation(std::in_place);
  if (!next(*observation)) observation.reset();
  return observation;
}

const ArchiveSummary& ArchiveReader::summary() const { return summary_; }

}  // namespace isthmus::formats
