#pragma once
// Reads data from memory the way files are read, for tests.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ip2as/file_reader.hpp"

namespace isthmus::test {

using namespace ip2as;  // NOLINT(google-build-using-namespace): its tests' helper

/// What came of one file.
struct Reading {
  Sinks sinks;
  FileReport report;
  std::string error;  ///< Empty when it is usable.

  /// The tables, once: sinks are consumed.
  PrefixTable prefixes() {
    sinks.flush();
    return std::move(sinks.prefixes).build();
  }
  PrefixTable registry() { return std::move(sinks.registry).build(); }
  PrefixTable overrides() { return std::move(sinks.overrides).build(); }
  Relationships relationships() { return std::move(sinks.relationships).build(); }
  Organisations organisations() { return std::move(sinks.organisations).build(); }
  Exchanges exchanges() { return merge_exchanges(std::move(sinks.exchanges)); }

  /// Problems as people see them, one a line.
  [[nodiscard]] std::string problems() const {
    std::string text;
    for (const FileProblem& problem : report.problems) text += to_string(problem, report.by_offset) + "\n";
    return text;
  }
};

/// `piece`: how much the readers get at once.
inline Reading read_bytes(std::string_view bytes, FileRole role = FileRole::anything, std::string name = "data",
                          std::size_t piece = std::size_t{1} << 20) {
  Reading reading;
  const auto input = Input::of_bytes(bytes, std::move(name), piece);
  if (const auto read = read_input(*input, role, reading.sinks, reading.report); !read) {
    reading.error = to_string(read.error());
  }
  return reading;
}

/// "64496 64497": the origins of the address, the first one first; empty when nobody's.
inline std::string origins_at(const PrefixTable& table, const std::string& address) {
  const auto origin = table.lookup(IpAddress::parse(address).value());
  if (!origin) return {};
  std::string text = to_string(origin->asn);
  for (const Asn other : origin->others) text += " " + to_string(other);
  return text;
}

}  // namespace isthmus::test
