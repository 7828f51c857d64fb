#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/archive_run.hpp"
#include "app/command.hpp"
#include "app/data_options.hpp"
#include "app/explanation.hpp"
#include "app/flow_chart.hpp"
#include "app/infer_report.hpp"
#include "app/output_file.hpp"
#include "app/trace_intake.hpp"

namespace isthmus::app {
namespace {

struct InferOptions {
  std::vector<std::string> traces;
  ip2as::DataFiles data;
  std::vector<std::string> targets;
  std::string format{"table"};
  bool json{false};
  bool strict{false};
  std::string dot;  ///< File; "-" is standard output.
  std::string svg;
  std::string explain;
};

Result<IntakeSettings> intake_settings(const InferOptions& options) {
  IntakeSettings settings;
  for (const std::string& text : options.targets) {
    auto target = parse_target(text);
    if (!target) return target.error();
    settings.targets.push_back(std::move(*target));
  }
  if (options.explain.empty()) return settings;
  const auto prefix = Prefix::parse(options.explain);
  const auto address = IpAddress::parse(options.explain);
  if (!prefix && !address) return prefix.error();
  settings.explained = prefix ? *prefix : Prefix(*address, address->width());
  return settings;
}

int print_explanations(const TraceIntake& intake, const Prefix& prefix, const ip2as::NetworkData& data) {
  bool found = false;
  for (const auto& [target, block] : InferReport(intake.map(), data).blocks()) {
    if (!prefix.contains(block.prefix) && !block.prefix.contains(prefix)) continue;
    std::cout << (found ? "\n" : "") << explain_block(intake.map(), target, block, data);
    found = true;
  }
  std::cout << std::flush;
  if (!found) return fail("no trace went into " + to_string(prefix));
  return std::cout ? kSuccess : fail("standard output cannot be written");
}

int print_results(const InferOptions& options, const TraceIntake& intake, const ip2as::NetworkData& data) {
  InferReport report(intake.map(), data);
  FlowChartBuilder chart;
  const bool json = options.json || options.format == "json";
  const bool drawn = !options.dot.empty() || !options.svg.empty();
  // Standard output is for one thing.
  const bool listed = options.dot != "-" && options.svg != "-";
  if (listed && !json) std::cout << infer_heading();
  for (const auto& [target, block] : report.blocks()) {
    const InferredBlock inferred = report.report(target, block);
    if (drawn) chart.add(inferred);
    if (listed) std::cout << (json ? infer_json(inferred) : infer_rows(inferred));
  }
  std::cout << std::flush;
  if (!std::cout) return fail("standard output cannot be written");
  int status = kSuccess;
  if (!options.dot.empty()) status = std::max(status, write_to(options.dot, flow_chart_dot(chart.build())));
  if (!options.svg.empty()) status = std::max(status, write_to(options.svg, flow_chart_svg(chart.build())));
  return status;
}

int infer(const InferOptions& options) {
  auto settings = intake_settings(options);
  if (!settings) return fail(to_string(settings.error()));
  std::uint64_t bad = 0;
  const auto data = load_data(options.data, &bad);
  if (!data) return fail(to_string(data.error()));
  const std::optional<Prefix> explained = settings->explained;
  TraceIntake intake(*data, std::move(*settings));
  const ArchiveTotals totals = read_archives(options.traces, [&](const Trace& trace) { intake.take(trace); });
  if (intake.left_out() > 0) std::cerr << fmt::format("isthmus: {} traces to no --target\n", intake.left_out());
  if (intake.map().path_count() == 0) return fail("there is no trace to infer from");
  intake.settle();
  const int status =
      explained ? print_explanations(intake, *explained, **data) : print_results(options, intake, **data);
  if (status != kSuccess) return status;
  // What could not be read was said on the way.
  const bool flawed = totals.unread > 0 || (options.strict && (bad > 0 || totals.bad > 0));
  return flawed ? kFailure : kSuccess;
}

constexpr const char* kFooter =
    "Archives: RIPE Atlas results, scamper warts and scamper JSON, plain, gzip or bzip2; told from content.\n"
    "A bad record is skipped and counted, with its place; the others are used.\n"
    "Shares are of vantage ASes (in --json also of addresses and flows), never of traffic, with a 95 % interval.\n"
    "What is not known for sure counts as unknown, never as one of the others. `min cut` is the least number of ASes\n"
    "whose loss separates all vantage points from the block, as far as its paths were seen.\n\n"
    "Example: isthmus infer --traces traces.json.bz2 --ip2as pfx2as.txt.gz --as-rel as-rel.txt.bz2 --ixp "
    "peeringdb.json\n"
    "Example: zcat *.gz | isthmus infer --traces - --ip2as asn-ipv4.csv --json > upstreams.ndjson\n"
    "Example: isthmus infer --traces t.warts --ip2as asn-ipv4.csv --target north-korea=131279:175.45.176.0/22\n"
    "Example: isthmus infer --traces t.json --ip2as asn-ipv4.csv --svg upstreams.svg\n"
    "Example: isthmus infer --traces t.json --ip2as asn-ipv4.csv --explain 175.45.176.0/24";

}  // namespace

void add_infer(CLI::App& root, Run& run) {
  auto options = std::make_shared<InferOptions>();
  CLI::App* command = root.add_subcommand(
      "infer",
      "Which upstream carries each block, from archived traces; sends nothing. Exit 1 when an archive is "
      "unreadable");
  command->add_option("--traces", options->traces, "Archives; - is standard input")->required()->type_name("FILE");
  add_data_options(*command, options->data, Several::after_one_option);
  command->get_option("--ip2as")->required();
  command
      ->add_option("--target", options->targets,
                   "NAME=ASN:PREFIX,PREFIX: only traces to there; otherwise whoever announces each destination")
      ->allow_extra_args(false);
  auto* format = command->add_option("--format", options->format, "What to print")
                     ->check(CLI::IsMember({"table", "json"}))
                     ->capture_default_str();
  command->add_flag("--json", options->json, "NDJSON, one line a block, like --format json")->excludes(format);
  command
      ->add_option("--dot", options->dot, "Graphviz graph of vantage ASes, upstreams and blocks; - is standard output")
      ->type_name("FILE");
  command->add_option("--svg", options->svg, "Picture of the same")->type_name("FILE");
  command
      ->add_option(
          "--explain", options->explain,
          "Instead: for the blocks of this prefix or address, what was concluded, why, and the traces behind it")
      ->type_name("PREFIX");
  command->add_flag("--strict", options->strict, "Exit 1 when any record of any file was bad");
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return infer(*options); }; });
}

}  // namespace isthmus::app
