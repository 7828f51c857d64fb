// Prefix-to-AS files, packed or not: either refused with a place and a reason, or a table that answers.

#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "ip2as/gzip.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace {

using namespace isthmus;

constexpr std::size_t kLargest = std::size_t{1} << 16;

void read(std::string_view text) {
  ip2as::PrefixTableBuilder builder;
  if (const auto added = builder.add_text(text, "fuzz.csv"); !added) {
    fuzz::require(added.error().operation.starts_with("fuzz.csv:"), "an error says where");
    fuzz::require(!added.error().detail.empty(), "an error says why");
    return;
  }
  const ip2as::PrefixTable table = std::move(builder).build();
  fuzz::require(table.prefix_count() + table.skipped_count() > 0, "accepted text holds a prefix");
  bool any = false;
  for (const char* address : {"1.0.0.1", "8.8.8.8", "175.45.176.1", "223.255.255.255", "2001:db8::1", "2a00::1"}) {
    if (const auto origin = table.lookup(*IpAddress::parse(address))) {
      any = true;
      fuzz::require(table.name_of(origin->asn) == origin->name, "one AS has one name");
    }
  }
  fuzz::require(!any || table.prefix_count() > 0, "an empty table maps nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(bytes);
  if (!ip2as::is_gzip(bytes)) return 0;
  const ip2as::Unpacked unpacked = ip2as::unpack_gzip(bytes, kLargest);
  fuzz::require(unpacked.text.size() <= kLargest || !unpacked.problem.empty(), "what is unpacked has its limit");
  if (unpacked.problem.empty()) read(unpacked.text);
  return 0;
}
