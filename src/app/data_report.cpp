#include "app/data_report.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iostream>

namespace isthmus::app {

ip2as::DataFiles data_files(const config::Ip2AsConfig& config) {
  return {.prefixes = config.prefixes,
          .registry = config.registry,
          .overrides = config.overrides,
          .relationships = config.relationships,
          .organisations = config.organisations,
          .cones = config.cones,
          .exchanges = config.exchanges};
}

std::string complaint(const ip2as::FileReport& report) {
  if (report.bad == 0) return {};
  std::string text = fmt::format("{}: {} of {} records are bad and not used", report.file, report.bad, report.records);
  if (!report.problems.empty()) text += ", the first: " + to_string(report.problems.front(), report.by_offset);
  if (report.cut) text += "; the file is not complete";
  return text;
}

void print_complaints(const ip2as::LoadReport& report) {
  for (const ip2as::FileReport& file : report.files) {
    if (const std::string text = complaint(file); !text.empty()) std::cerr << "isthmus: " << text << '\n';
  }
}

void log_report(const ip2as::LoadReport& report) {
  for (const ip2as::FileReport& file : report.files) {
    spdlog::info("event=data_read file=\"{}\" format={} records={} skipped={} bad={}", file.file, file.format,
                 file.records, file.skipped, file.bad);
    if (const std::string text = complaint(file); !text.empty()) spdlog::warn("event=data_bad what=\"{}\"", text);
  }
}

Result<ip2as::PrefixTable> load_named_prefixes(const std::vector<std::string>& files) {
  ip2as::LoadReport report;
  auto table = ip2as::load_prefixes(files, report);
  print_complaints(report);
  return table;
}

}  // namespace isthmus::app
