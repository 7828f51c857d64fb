// Data files of every kind, told from content: something usable, or an error that says where and why.

#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "ip2as/file_reader.hpp"
#include "isthmus/ip2as/network_data.hpp"

namespace {

using namespace isthmus;

void ask(const ip2as::NetworkData& data) {
  for (const char* text : {"198.51.100.7", "203.0.113.1", "10.0.0.1", "2001:db8::7", "fd00::1"}) {
    const ip2as::Annotation found = ip2as::annotate(data, *IpAddress::parse(text));
    const bool special = found.kind == ip2as::AddressKind::special;
    fuzz::require(!special || found.asn.is_none(), "special space is nobody's");
    fuzz::require(found.kind != ip2as::AddressKind::announced || !found.asn.is_none(), "announced space is somebody's");
    if (found.kind == ip2as::AddressKind::exchange && !found.asn.is_none()) {
      fuzz::require(data.exchanges.is_member(found.exchange, found.asn), "who has a port is a member");
    }
  }
  for (const std::uint32_t number : {1U, 64496U, 64500U}) {
    const Asn asn{number};
    for (const Asn customer : data.relationships.customers(asn)) {
      fuzz::require(data.relationships.between(customer, asn) == ip2as::Relation::provider, "a link has two ends");
    }
    const auto siblings = data.organisations.siblings(asn);
    for (const Asn sibling : siblings) fuzz::require(data.organisations.same(asn, sibling), "siblings are the same");
    fuzz::require(data.relationships.cone_size(asn) >= 1, "everybody is in his own cone");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ip2as::Sinks sinks;
  ip2as::FileReport report;
  const auto input = ip2as::Input::of_bytes(bytes, "fuzz", 1 + size / 2);
  const auto done = ip2as::read_input(*input, ip2as::FileRole::anything, sinks, report);
  fuzz::require(report.skipped + report.bad <= report.records, "no record is bad twice");
  if (!done) {
    fuzz::require(done.error().operation.starts_with("fuzz:"), "an error says where");
    fuzz::require(!done.error().detail.empty(), "an error says why");
  }
  sinks.flush();
  ip2as::NetworkData all;
  all.prefixes = std::move(sinks.prefixes).build();
  all.registry = std::move(sinks.registry).build();
  all.relationships = std::move(sinks.relationships).build();
  all.organisations = std::move(sinks.organisations).build();
  all.exchanges = ip2as::merge_exchanges(std::move(sinks.exchanges));
  ask(all);
  return 0;
}
