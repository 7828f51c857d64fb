#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/data_progress.hpp"
#include "app/data_text.hpp"
#include "isthmus/ip2as/load.hpp"

namespace isthmus::app {
namespace {

struct DataOptions {
  std::vector<std::string> files;
  bool json{false};
  bool strict{false};
};

Result<ip2as::FileReport> describe(const std::string& path) {
  std::error_code unknown;
  const std::uint64_t size = std::filesystem::file_size(path, unknown);
  DataProgress progress(path, unknown ? 0 : size);
  return ip2as::describe(path, progress.bytes_read());
}

int info(const DataOptions& options) {
  bool fine = true;
  for (const std::string& path : options.files) {
    const auto report = describe(path);
    if (report) {
      std::cout << (options.json ? data_json(*report) + "\n" : data_text(*report)) << std::flush;
      fine = fine && (report->bad == 0 || !options.strict);
      continue;
    }
    fine = false;
    if (options.json) {
      const boost::json::object object{{"file", path}, {"error", to_string(report.error())}};
      std::cout << boost::json::serialize(object) << std::endl;
    } else {
      std::cerr << "isthmus: " << to_string(report.error()) << std::endl;
    }
  }
  return fine ? kSuccess : kFailure;
}

constexpr const char* kFooter =
    "Formats are told from content, plain, gzip or bzip2:\n"
    "  prefixes       CAIDA pfx2as, pyasn, @ip-location-db/asn CSV, MaxMind ASN databases, MRT TABLE_DUMP_V2\n"
    "  registry       extended delegation files of the regional registries\n"
    "  overrides      lines \"prefix AS # comment\"\n"
    "  as_rel, cones  CAIDA serial-1, serial-2, ppdc-ases\n"
    "  as2org         CAIDA as2org, text or JSON lines\n"
    "  ixp            PeeringDB dump, CAIDA ixs and ix-asns\n"
    "Exit code 1: a file cannot be used at all, or, with --strict, holds a bad record.\n"
    "Example: isthmus data info asn-ipv4.csv rib.20251125.0000.bz2\n"
    "Example: isthmus data info --json --strict 20251101.as-rel.txt.bz2";

}  // namespace

void add_data(CLI::App& root, Run& run) {
  auto options = std::make_shared<DataOptions>();
  CLI::App* data = root.add_subcommand("data", "Look at data about networks: prefixes, relationships, exchanges");
  data->require_subcommand(1);
  data->footer("Example: isthmus data info asn-ipv4.csv");
  CLI::App* command = data->add_subcommand("info", "Say what is in data files, and which records are bad");
  command->add_option("file", options->files, "Data files")->required();
  command->add_flag("--json", options->json, "One JSON object a file");
  command->add_flag("--strict", options->strict, "Exit with 1 when a record is bad");
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return info(*options); }; });
}

}  // namespace isthmus::app
