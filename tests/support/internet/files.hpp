#pragma once
// The simulated internet as files that any tool reads: public data in the formats it is published in, and the truth
// as NDJSON (README.md says what its fields are). Functions write to a stream of the caller; any thread.

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "support/internet/campaign.hpp"
#include "support/internet/public_data.hpp"

namespace isthmus::testing::internet {

/// CAIDA pfx2as: prefix, length and origins, separated by tabs; several origins joined by "_".
void write_prefixes(const PublicData& data, Family family, std::ostream& out);
/// What registries publish of their delegations, the extended format with opaque ids.
void write_registry(const PublicData& data, Family family, std::ostream& out);
/// CAIDA serial-1: provider|customer|-1 and peer|peer|0; `clique` goes into the head.
void write_relationships(const PublicData& data, const std::vector<Asn>& clique, std::ostream& out);
/// CAIDA as2org, both sections.
void write_organisations(const PublicData& data, std::ostream& out);
/// A PeeringDB dump: the LANs of now, or, `before`, those that an older dump has.
void write_exchanges(const PublicData& data, Family family, bool before, std::ostream& out);

/// The networks that are watched, as the section "targets" of a configuration file of isthmus.
void write_targets(const Internet& internet, std::ostream& out);
/// One line: what is true of the trace.
[[nodiscard]] std::string truth_line(const Internet& internet, const Trace& trace, const TruthOfTrace& truth);

/// Gathers the traces of a block from a vantage point, which for_each_trace() gives one after the other, into a line
/// that says how many of them crossed which upstream.
class UnitWriter {
 public:
  UnitWriter(const Internet& internet, std::ostream& out) : internet_(internet), out_(out) {}
  void add(const Trace& trace, const TruthOfTrace& truth);
  /// Writes what is still gathered; to be called at the end.
  void finish();

 private:
  const Internet& internet_;
  std::ostream& out_;
  std::string head_;  // Of the line under way, up to the upstreams; empty: none.
  std::map<Asn, std::uint32_t> upstreams_;
};

}  // namespace isthmus::testing::internet
