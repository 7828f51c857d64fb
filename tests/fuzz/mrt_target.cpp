// Routing tables of collectors: whatever the bytes, records are counted once, votes make prefixes, and the table
// answers.

#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "ip2as/file_reader.hpp"
#include "ip2as/mrt_reader.hpp"

namespace {

using namespace isthmus;

ip2as::FileReport read(std::string_view bytes, std::size_t piece, ip2as::PrefixTable& table) {
  ip2as::MemoryBytes source(bytes, piece);
  ip2as::RouteVotes votes;
  ip2as::FileReport report;
  ip2as::ReportWriter writer(report);
  ip2as::read_mrt(source, {}, votes, writer);
  ip2as::PrefixTableBuilder builder;
  votes.move_to(builder);
  fuzz::require(votes.empty(), "votes are counted once");
  table = std::move(builder).build();
  return report;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ip2as::PrefixTable table;
  const ip2as::FileReport report = read(bytes, 1 + size, table);
  fuzz::require(report.skipped + report.bad <= report.records, "no record is bad twice");
  fuzz::require(table.skipped_count() == 0, "what cannot be an origin is no vote");
  fuzz::require(table.prefix_count() == 0 || table.as_count() > 0, "a prefix has an origin");
  for (const ip2as::FileProblem& problem : report.problems) {
    fuzz::require(problem.line <= size, "a problem lies in the file");
    fuzz::require(!problem.why.empty(), "a problem has a reason");
  }
  ip2as::PrefixTable again;
  const ip2as::FileReport in_pieces = read(bytes, 5, again);
  fuzz::require(in_pieces.records == report.records && in_pieces.bad == report.bad, "pieces change nothing");
  fuzz::require(again.prefix_count() == table.prefix_count(), "nor do they change the table");
  return 0;
}
