#include "app/data_text.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"

namespace isthmus::app {
namespace {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string size_of(std::uint64_t bytes) {
  if (bytes >= 10'000'000) return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
  if (bytes >= 10'000) return fmt::format("{:.0f} kB", static_cast<double>(bytes) / 1e3);
  return with_commas(bytes) + " bytes";
}

std::string_view meaning_of(std::string_view format) {
  constexpr std::pair<std::string_view, std::string_view> kMeanings[] = {
      {"mrt", "routing table of a collector (MRT TABLE_DUMP_V2)"},
      {"pfx2as", "prefix to AS (CAIDA pfx2as)"},
      {"pyasn", "prefix to AS (pyasn)"},
      {"ip-location-db", "address ranges to AS (ip-location-db CSV)"},
      {"mmdb", "prefix to AS (MaxMind database)"},
      {"overrides", "manual overrides"},
      {"delegation", "delegations of a registry"},
      {"as-rel", "AS relationships (CAIDA)"},
      {"as2org", "AS organisations (CAIDA as2org)"},
      {"as2org-jsonl", "AS organisations (CAIDA as2org, JSON lines)"},
      {"ppdc-ases", "customer cones (CAIDA ppdc-ases)"},
      {"peeringdb", "exchanges (PeeringDB dump)"},
      {"caida-ixs", "exchanges (CAIDA ixs)"},
      {"caida-ix-asns", "members of exchanges (CAIDA ix-asns)"}};
  for (const auto& [word, meaning] : kMeanings) {
    if (word == format) return meaning;
  }
  return format;
}

using Counts = std::vector<std::pair<std::uint64_t, const char*>>;

Counts counts_of(const ip2as::FileReport& report) {
  return {{report.ipv4_prefixes, "IPv4 prefixes"},
          {report.ipv6_prefixes, "IPv6 prefixes"},
          {report.links, "relationships"},
          {report.organisations, "organisations"},
          {report.exchanges, "exchanges"},
          {report.ports, "ports"},
          {report.ases, "ASes"}};
}

// Collector, peers and times of a routing table, or the date of another file.
std::string origin_of(const ip2as::FileReport& report) {
  std::string text;
  if (!report.collector.empty()) {
    text += fmt::format("collector {}, {} peers", report.collector, report.peers);
    if (!report.view.empty()) text += ", view " + report.view;
  }
  std::string when = report.date;
  if (report.first_time) {
    when = to_rfc3339(*report.first_time);
    if (report.last_time != report.first_time) when += " to " + to_rfc3339(*report.last_time);
  }
  if (!when.empty()) text += (text.empty() ? "of " : ", ") + when;
  return text;
}

}  // namespace

std::string data_text(const ip2as::FileReport& report) {
  std::string text = fmt::format("{}: {}, {}{}\n", report.file, meaning_of(report.format), size_of(report.size),
                                 report.packing.empty() ? "" : " of " + report.packing);
  if (const std::string origin = origin_of(report); !origin.empty()) text += "  " + origin + "\n";
  std::string counts;
  for (const auto& [count, what] : counts_of(report)) {
    if (count > 0) counts += (counts.empty() ? "" : ", ") + with_commas(count) + " " + what;
  }
  text += fmt::format("  {} records: {}\n", with_commas(report.records), counts);
  if (report.skipped > 0) text += fmt::format("  {} of them are of no use here\n", with_commas(report.skipped));
  if (report.bad == 0) return text;
  text += fmt::format("  {} of them {} bad:\n", with_commas(report.bad), report.bad == 1 ? "is" : "are");
  for (const ip2as::FileProblem& problem : report.problems) {
    text += "    " + to_string(problem, report.by_offset) + "\n";
  }
  if (report.bad > report.problems.size()) {
    text += fmt::format("    and {} more\n", with_commas(report.bad - report.problems.size()));
  }
  return text;
}

std::string data_json(const ip2as::FileReport& report) {
  boost::json::object object{{"file", report.file}, {"format", report.format}};
  if (!report.packing.empty()) object["packing"] = report.packing;
  object["bytes"] = report.size;
  object["records"] = report.records;
  object["skipped"] = report.skipped;
  object["bad"] = report.bad;
  object["complete"] = !report.cut;
  const std::pair<const char*, std::uint64_t> counts[] = {{"ipv4_prefixes", report.ipv4_prefixes},
                                                          {"ipv6_prefixes", report.ipv6_prefixes},
                                                          {"relationships", report.links},
                                                          {"organisations", report.organisations},
                                                          {"exchanges", report.exchanges},
                                                          {"ports", report.ports},
                                                          {"ases", report.ases},
                                                          {"peers", report.peers}};
  for (const auto& [key, count] : counts) {
    if (count > 0) object[key] = count;
  }
  const std::pair<const char*, std::string> facts[] = {
      {"date", report.date},
      {"collector", report.collector},
      {"view", report.view},
      {"first_time", report.first_time ? to_rfc3339(*report.first_time) : ""},
      {"last_time", report.last_time ? to_rfc3339(*report.last_time) : ""}};
  for (const auto& [key, fact] : facts) {
    if (!fact.empty()) object[key] = fact;
  }
  boost::json::array problems;
  for (const ip2as::FileProblem& problem : report.problems) {
    problems.push_back(boost::json::object{{report.by_offset ? "offset" : "line", problem.line}, {"why", problem.why}});
  }
  object["problems"] = std::move(problems);
  return boost::json::serialize(object);
}

}  // namespace isthmus::app
