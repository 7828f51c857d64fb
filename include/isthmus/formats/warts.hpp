#pragma once
// Observations as scamper's warts (version 0, warts(5)), which sc_warts2json, sc_warts2text, sc_analysis_dump and all
// that builds on scamper read. One list, and one cycle over it, stands for each pair of vantage point and target: the
// vantage point is the list's monitor and the cycle's host, the target its name.
//
// Warts does not have, so that reading back gives: times and round-trip times to the microsecond only; the end of a
// trace as its last answer; as many silent probes of a hop as there were at most; silence for probes that could not be
// sent; no marks of weak and rewritten replies, and no address under which the world sees the vantage point.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Gives whole records to a sink, which it calls from the same thread; not shared between threads.
class WartsWriter {
 public:
  using Sink = std::function<void(std::string_view record)>;

  explicit WartsWriter(Sink sink) : sink_(std::move(sink)) {}

  void write(const Trace& trace);
  void write(const PingSeries& series);
  void write(const Observation& observation);

 private:
  /// Number of the list, and of the cycle over it; writes both when they are new.
  std::uint32_t list_of(const std::string& vantage, const std::string& target, Timestamp start);

  Sink sink_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> lists_;
};

}  // namespace isthmus::formats
