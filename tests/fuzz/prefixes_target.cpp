// Prefix data as text, packed or not: either refused with a place and a reason, or a table that answers.

#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "ip2as/file_reader.hpp"

namespace {

using namespace isthmus;

void read(std::string_view bytes, ip2as::FileRole role) {
  ip2as::Sinks sinks;
  ip2as::FileReport report;
  const auto input = ip2as::Input::of_bytes(bytes, "fuzz.csv", 1 + bytes.size() / 2);
  const auto done = ip2as::read_input(*input, role, sinks, report);
  sinks.flush();
  const ip2as::PrefixTable table =
      (role == ip2as::FileRole::overrides ? std::move(sinks.overrides) : std::move(sinks.prefixes)).build();
  fuzz::require(report.skipped + report.bad <= report.records, "no record is bad twice");
  fuzz::require(report.problems.size() <= report.bad, "a problem is of a bad record");
  if (!done) {
    fuzz::require(done.error().operation.starts_with("fuzz.csv:"), "an error says where");
    fuzz::require(!done.error().detail.empty(), "an error says why");
    fuzz::require(table.prefix_count() == 0 || report.records > report.bad, "prefixes come of good records");
    return;
  }
  fuzz::require(table.prefix_count() > 0, "what is usable holds a prefix");
  fuzz::require(table.as_count() > 0, "a prefix has an origin");
  for (const char* address : {"1.0.0.1", "8.8.8.8", "175.45.176.1", "223.255.255.255", "2001:db8::1", "2a00::1"}) {
    const auto origin = table.lookup(*IpAddress::parse(address));
    if (!origin) continue;
    fuzz::require(table.originates(origin->asn), "an origin originates something");
    fuzz::require(table.name_of(origin->asn) == origin->name, "one AS has one name");
    for (const Asn other : origin->others) fuzz::require(other != origin->asn, "the others are others");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(bytes, ip2as::FileRole::prefixes);
  read(bytes, ip2as::FileRole::overrides);
  return 0;
}
