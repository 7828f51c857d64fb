#pragma once
// Archived observations, whoever made them: RIPE Atlas results (one a line, or big arrays), scamper warts, and the JSON
// that sc_warts2json prints; plain, gzip or bzip2. Format and compression are told from content. Streams: memory does
// not grow with the archive. A reader owns its file and belongs to one thread; src/formats/README.md says how foreign
// shapes become traces and ping series, and what is lost.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// A record that could not be used, and where it stands.
struct ArchiveProblem {
  std::uint64_t line{0};    ///< From 1; 0 in binary files.
  std::uint64_t offset{0};  ///< In bytes of the unpacked archive.
  std::string why;
};

struct ArchiveSummary {
  static constexpr std::size_t kMostProblems = 20;

  std::string file;
  std::string format;       ///< "atlas", "scamper-json" or "warts".
  std::uint64_t traces{0};  ///< Read so far, like all that follows.
  std::uint64_t pings{0};
  std::uint64_t other{0};                ///< Sound records with nothing for us: DNS results, lists, cycles, ...
  std::uint64_t bad{0};                  ///< Records that do not follow their format, and an end that comes too early.
  std::uint64_t bytes{0};                ///< Of the unpacked archive.
  std::vector<ArchiveProblem> problems;  ///< The first of the bad ones.
};

class StreamWindow;

class ArchiveReader {
 public:
  /// `path` "-" is standard input. Errors: not found or unreadable (io_failed, not_found, permission_denied), empty or
  /// no known format (parse_failed).
  static Result<ArchiveReader> open(const std::string& path);
  ArchiveReader(ArchiveReader&&) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  /// Overwrites `into` with the next observation, in the memory that it has; false at the end. Bad records are skipped
  /// and counted. The names of vantage points: README.md.
  bool next(Observation& into);
  [[nodiscard]] std::optional<Observation> next();
  [[nodiscard]] const ArchiveSummary& summary() const;

  /// What reads the records of one format.
  class Decoder;

 private:
  static std::unique_ptr<Decoder> decoder_for(StreamWindow window);
  explicit ArchiveReader(std::unique_ptr<Decoder> decoder, ArchiveSummary summary);
  std::unique_ptr<Decoder> decoder_;
  ArchiveSummary summary_;
  /// What open() had to read to know the format.
  std::optional<Observation> first_;
};

}  // namespace isthmus::formats
