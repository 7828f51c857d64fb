#include "support/internet/files.hpp"

#include <map>
#include <ostream>
#include <set>

#include "formats/json_writer.hpp"
#include "support/internet/score.hpp"

namespace isthmus::testing::internet {
namespace {

constexpr const char* kDate = "20240101";
// The dates of the two dumps, in seconds since 1970: 2024-01-01 and 2021-01-01.
constexpr std::int64_t kNow = 1704067200;
constexpr std::int64_t kLongBefore = 1609459200;

template <typename List, typename Text>
std::string joined(const List& list, const char* separator, const Text& text) {
  std::string result;
  for (const auto& item : list) result += (result.empty() ? "" : separator) + text(item);
  return result;
}

std::string text_of(const Block24& block, Family family) { return to_string(export_prefix(block.network, 24, family)); }

}  // namespace

void write_prefixes(const PublicData& data, Family family, std::ostream& out) {
  for (const PrefixRecord& record : data.prefixes) {
    const Prefix prefix = export_prefix(record.first, record.length, family);
    out << to_string(prefix.address()) << "\t" << prefix.length() << "\t"
        << joined(record.origins, "_", [](Asn asn) { return to_string(asn); }) << "\n";
  }
}

void write_registry(const PublicData& data, Family family, std::ostream& out) {
  std::map<Asn, std::string> holders;  // By the holder's first AS number.
  for (const RegistryRecord& record : data.registry) {
    if (!holders.try_emplace(record.asns.front(), "holder-" + to_string(record.asns.front())).second) continue;
    for (const Asn asn : record.asns) {
      out << "ripencc|EU|asn|" << to_string(asn) << "|1|" << kDate << "|allocated|" << holders[record.asns.front()]
          << "\n";
    }
  }
  for (const RegistryRecord& record : data.registry) {
    const Prefix prefix = export_prefix(record.first, record.length, family);
    const bool v4 = family == Family::ipv4;
    // IPv4 space is counted in addresses, IPv6 space has a prefix length.
    const std::uint64_t value =
        v4 ? std::uint64_t{1} << (32 - prefix.length()) : static_cast<std::uint64_t>(prefix.length());
    out << "ripencc|EU|" << (v4 ? "ipv4" : "ipv6") << "|" << to_string(prefix.address()) << "|" << value << "|" << kDate
        << "|allocated|" << holders[record.asns.front()] << "\n";
  }
}

void write_relationships(const PublicData& data, const std::vector<Asn>& clique, std::ostream& out) {
  out << "# inferred clique: " << joined(clique, " ", [](Asn asn) { return to_string(asn); }) << "\n";
  for (const RelationshipRecord& record : data.relationships) {
    out << to_string(record.a) << "|" << to_string(record.b) << "|" << (record.transit ? "-1" : "0") << "\n";
  }
}

void write_organisations(const PublicData& data, std::ostream& out) {
  std::map<std::string, std::string> names;
  for (const OrganisationRecord& record : data.organisations) names.try_emplace(record.id, record.name);
  out << "# format:org_id|changed|org_name|country|source\n";
  for (const auto& [id, name] : names) out << id << "|" << kDate << "|" << name << "|EU|RIPE\n";
  out << "# format:aut|changed|aut_name|org_id|opaque_id|source\n";
  for (const OrganisationRecord& record : data.organisations) {
    out << to_string(record.asn) << "|" << kDate << "|" << record.name << "|" << record.id << "||RIPE\n";
  }
}

void write_exchanges(const PublicData& data, Family family, bool before, std::ostream& out) {
  std::set<std::string> renumbered;
  for (const ExchangeRecord& record : data.exchanges) {
    if (record.retired) renumbered.insert(record.name);
  }
  std::vector<std::string> ix;
  std::vector<std::string> ixlan;
  std::vector<std::string> ixpfx;
  std::vector<std::string> netixlan;
  const char* protocol = family == Family::ipv4 ? "IPv4" : "IPv6";
  const char* field = family == Family::ipv4 ? "ipaddr4" : "ipaddr6";
  for (const ExchangeRecord& record : data.exchanges) {
    const bool was_there = record.retired || !renumbered.contains(record.name);
    if (before ? !was_there : record.retired) continue;
    const std::string id = std::to_string(ix.size() + 1);
    ix.push_back(R"({"id":)" + id + R"(,"name":")" + record.name + R"("})");
    ixlan.push_back(R"({"id":)" + id + R"(,"ix_id":)" + id + "}");
    ixpfx.push_back(R"({"id":)" + id + R"(,"ixlan_id":)" + id + R"(,"protocol":")" + protocol + R"(","prefix":")" +
                    to_string(export_prefix(record.lan, record.length, family)) + R"("})");
    for (const auto& port : record.ports) {
      netixlan.push_back(R"({"id":)" + std::to_string(netixlan.size() + 1) + R"(,"ix_id":)" + id + R"(,"ixlan_id":)" +
                         id + R"(,"asn":)" + to_string(port.member) + R"(,")" + field + R"(":")" +
                         to_string(export_address(port.address, family)) + R"(","operational":true})");
    }
  }
  const auto write_table = [&](const char* name, const std::vector<std::string>& rows) {
    out << "\"" << name << R"(":{"data":[)" << joined(rows, ",\n", [](const std::string& row) { return row; })
        << R"(],"meta":{"generated":)" << (before ? kLongBefore : kNow) << "}}";
  };
  out << "{";
  write_table("ix", ix);
  out << ",";
  write_table("ixlan", ixlan);
  out << ",";
  write_table("ixpfx", ixpfx);
  out << ",";
  write_table("netixlan", netixlan);
  out << "}\n";
}

void write_targets(const Internet& internet, std::ostream& out) {
  const Family family = internet.settings().family;
  out << "targets:\n";
  for (const Target& target : internet.targets()) {
    out << "  - name: " << target.name << "\n    asn: " << to_string(target.asn) << "\n    prefixes: ["
        << joined(target.blocks, ", ", [&](const Block24& block) { return text_of(block, family); }) << "]\n";
  }
}

std::string truth_line(const Internet& internet, const Trace& trace, const TruthOfTrace& truth) {
  const Target& target = internet.targets()[truth.target];
  const Block24& block = target.blocks[truth.block];
  formats::JsonWriter json;
  const auto asns = [&](const char* key, const std::vector<Asn>& list) {
    json.key(key).begin_array();
    for (const Asn asn : list) json.value(asn.number);
    json.end_array();
  };
  json.begin_object().field("vantage", trace.vantage);
  json.field("vantage_asn", internet.asn(internet.vantages()[truth.vantage].as).number);
  json.field("target", target.name).field("target_asn", target.asn.number);
  json.field("block", text_of(block, internet.settings().family)).field("destination", to_string(trace.destination));
  json.field("flow", trace.flow.value).field("started", to_rfc3339(trace.started));
  asns("as_path", truth.as_path);
  if (!truth.upstream.is_none()) json.field("upstream", truth.upstream.number);
  asns("hop_operator", truth.hop_operator);
  json.key("routers").begin_array();
  for (const RouterId router : truth.routers) json.value(router);
  json.end_array();
  json.field("arrives", truth.arrives).field("seen", truth.seen);
  json.key("traits").begin_array();
  for (const std::string& trait : traits_of(target, block)) json.value(trait);
  json.end_array().end_object();
  return json.take();
}

void UnitWriter::add(const Trace& trace, const TruthOfTrace& truth) {
  const Target& target = internet_.targets()[truth.target];
  formats::JsonWriter json;
  json.begin_object().field("target", target.name).field("target_asn", target.asn.number);
  json.field("block", text_of(target.blocks[truth.block], internet_.settings().family));
  json.field("vantage", trace.vantage);
  json.field("vantage_asn", internet_.asn(internet_.vantages()[truth.vantage].as).number).key("upstreams");
  std::string head = json.take();
  if (head != head_) finish();
  head_ = std::move(head);
  if (!truth.upstream.is_none()) ++upstreams_[truth.upstream];
}

void UnitWriter::finish() {
  if (head_.empty()) return;
  out_ << head_ << "[" << joined(upstreams_, ",", [](const auto& entry) {
    return R"({"asn":)" + to_string(entry.first) + R"(,"traces":)" + std::to_string(entry.second) + "}";
  }) << "]}\n";
  head_.clear();
  upstreams_.clear();
}

}  // namespace isthmus::testing::internet
