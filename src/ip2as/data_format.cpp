#include "ip2as/data_format.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ip2as/mmdb_reader.hpp"
#include "ip2as/mrt_reader.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

// A damaged line or two at the beginning must not make a file unrecognisable.
constexpr int kLinesLookedAt = 10;

using Fields = std::vector<std::string_view>;

bool is_registry(std::string_view word) {
  constexpr std::array<std::string_view, 7> kRegistries{"afrinic", "apnic", "arin", "lacnic", "ripencc", "nro", "iana"};
  return std::ranges::find(kRegistries, word) != kRegistries.end();
}

DataFormat of_bars(std::string_view line) {
  Fields fields;
  split(line, '|', fields);
  // A version stands before the registry in the first line, the registry alone in all others.
  if (is_registry(fields[0]) || (fields.size() > 4 && is_registry(fields[1]))) return DataFormat::delegation;
  if (fields.size() >= 3 && fields.size() <= 4 && all_digits(fields[0]) && all_digits(fields[1])) {
    return DataFormat::as_rel;
  }
  return fields.size() >= 5 ? DataFormat::as2org : DataFormat::unknown;
}

DataFormat of_words(std::string_view line) {
  Fields words;
  split_words(line, words);
  if (words.size() >= 3 && read_address(words[0]) && all_digits(words[1])) return DataFormat::pfx2as;
  Prefix prefix;
  if (words.size() >= 2 && words[0].find('/') != std::string_view::npos && !read_prefix(words[0], prefix)) {
    return all_digits(words[1]) && words.size() == 2 ? DataFormat::pyasn : DataFormat::overrides;
  }
  const bool numbers = std::ranges::all_of(words, all_digits);
  if (numbers) return DataFormat::cones;
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return DataFormat::unknown;
  const std::string_view first = line.substr(0, comma);
  return read_address(first) || all_digits(first) ? DataFormat::csv : DataFormat::unknown;
}

bool has_key(std::string_view json, std::string_view key) {
  return json.find("\"" + std::string(key) + "\"") != std::string_view::npos;
}

// {"ix": {"data": [..., of any table: they stand in no certain order.
bool begins_like_peeringdb(std::string_view json) {
  const auto take = [&](char c) {
    json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
    if (!json.starts_with(c)) return false;
    json.remove_prefix(1);
    return true;
  };
  const auto take_key = [&](std::string_view& key) {
    if (!take('"')) return false;
    key = json.substr(0, json.find('"'));
    json.remove_prefix(std::min(key.size() + 1, json.size()));
    return take(':');
  };
  std::string_view table;
  std::string_view part;
  return take('{') && take_key(table) && take('{') && take_key(part) && (part == "data" || part == "meta");
}

DataFormat of_json(std::string_view head) {
  if (begins_like_peeringdb(head)) return DataFormat::peeringdb;
  const std::string_view line = head.substr(0, head.find('\n'));
  if (has_key(line, "organizationId")) return DataFormat::as2org_jsonl;
  if (!has_key(line, "ix_id")) return DataFormat::unknown;
  return has_key(line, "asn") ? DataFormat::caida_ix_asns : DataFormat::caida_ixs;
}

}  // namespace

DataFormat detect_text_format(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  int looked_at = 0;
  while (!head.empty() && looked_at < kLinesLookedAt) {
    const std::size_t end = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // Other files describe their columns in a comment, too.
    const bool of_organisations = line.find("org_id") != std::string_view::npos;
    if (line.starts_with("# format:") && of_organisations) return DataFormat::as2org;
    if (!line.empty() && line.front() != ';' && line.front() != '#') {
      ++looked_at;
      DataFormat format = DataFormat::unknown;
      if (line.find_first_not_of(" \t") != std::string_view::npos) {
        if (line[line.find_first_not_of(" \t")] == '{') {
          format = of_json(head);
        } else {
          format = line.find('|') != std::string_view::npos ? of_bars(line) : of_words(line);
        }
      }
      if (format != DataFormat::unknown) return format;
    }
    head.remove_prefix(std::min(end + 1, head.size()));
  }
  return DataFormat::unknown;
}

DataFormat detect_format(const Input& input) {
  if (is_mrt_table(input.head())) return DataFormat::mrt;
  if (!other_mrt(input.head()).empty()) return DataFormat::unknown;
  if (is_mmdb(input)) return DataFormat::mmdb;
  const DataFormat format = detect_text_format(input.head());
  return format == DataFormat::unknown && may_be_mmdb(input) ? DataFormat::mmdb : format;
}

DataKind kind_of(DataFormat format) {
  switch (format) {
    case DataFormat::unknown: return DataKind::none;
    case DataFormat::csv:
    case DataFormat::pyasn:
    case DataFormat::pfx2as:
    case DataFormat::overrides:
    case DataFormat::mmdb:
    case DataFormat::mrt: return DataKind::prefixes;
    case DataFormat::delegation: return DataKind::registry;
    case DataFormat::as_rel: return DataKind::relationships;
    case DataFormat::as2org:
    case DataFormat::as2org_jsonl: return DataKind::organisations;
    case DataFormat::cones: return DataKind::cones;
    case DataFormat::peeringdb:
    case DataFormat::caida_ixs:
    case DataFormat::caida_ix_asns: return DataKind::exchanges;
  }
  return DataKind::none;
}

const char* to_string(DataFormat format) {
  switch (format) {
    case DataFormat::unknown: return "unknown";
    case DataFormat::csv: return "ip-location-db";
    case DataFormat::pyasn: return "pyasn";
    case DataFormat::pfx2as: return "pfx2as";
    case DataFormat::overrides: return "overrides";
    case DataFormat::mmdb: return "mmdb";
    case DataFormat::mrt: return "mrt";
    case DataFormat::delegation: return "delegation";
    case DataFormat::as_rel: return "as-rel";
    case DataFormat::as2org: return "as2org";
    case DataFormat::as2org_jsonl: return "as2org-jsonl";
    case DataFormat::cones: return "ppdc-ases";
    case DataFormat::peeringdb: return "peeringdb";
    case DataFormat::caida_ixs: return "caida-ixs";
    case DataFormat::caida_ix_asns: return "caida-ix-asns";
  }
  return "unknown";
}

const char* section_of(DataKind kind) {
  switch (kind) {
    case DataKind::none: return "";
    case DataKind::prefixes: return "prefixes";
    case DataKind::registry: return "registry";
    case DataKind::relationships: return "as_rel";
    case DataKind::organisations: return "as2org";
    case DataKind::cones: return "cones";
    case DataKind::exchanges: return "ixp";
  }
  return "";
}

}  // namespace isthmus::ip2as
