#pragma once
// What ArchiveReader asks of the reader of one format. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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

/// The traces of one record, of which an MDA traceroute has many, handed out one by one.
struct TracesOfRecord {
  std::vector<Trace> traces;
  std::size_t given{0};  ///< How many of them have been.

  /// The next one, counted; false when there is none left, and room for those of the next record.
  bool hand_out(Observation& into, ArchiveSummary& summary) {
    if (given < traces.size()) {
      into = std::move(traces[given++]);
      ++summary.traces;
      return true;
    }
    traces.clear();
    given = 0;
    return false;
  }
};

inline void count_bad(ArchiveSummary& summary, std::uint64_t line, std::uint64_t offset, std::string why) {
  ++summary.bad;
  if (summary.problems.size() < ArchiveSummary::kMostProblems)
    summary.problems.push_back({line, offset, std::move(why)});
}

}  // namespace isthmus::formats
