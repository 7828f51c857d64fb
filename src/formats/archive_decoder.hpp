#pragma once
// What ArchiveReader asks of the reader of one format. One thread.

#include <string>
#include <utility>

#include "isthmus/formats/archive.hpp"

namespace isthmus::formats {

class ArchiveReader::Decoder {
 public:
  Decoder() = default;
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// The next record, whatever it is; false at the end. True with `holds_observation` when it is one for us, which is
  /// then in `into`. Counts in `summary`, and sets its format as soon as it is known.
  virtual bool step(Observation& into, bool& holds_observation, ArchiveSummary& summary) = 0;
};

inline void count_bad(ArchiveSummary& summary, std::uint64_t line, std::uint64_t offset, std::string why) {
  ++summary.bad;
  if (summary.problems.size() < ArchiveSummary::kMostProblems)
    summary.problems.push_back({line, offset, std::move(why)});
}

}  // namespace isthmus::formats
