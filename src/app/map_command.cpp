#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>

#include "app/command.hpp"
#include "app/one_shot.hpp"
#include "app/output_file.hpp"
#include "app/progress.hpp"
#include "app/survey_loop.hpp"
#include "app/survey_options.hpp"
#include "app/survey_output.hpp"
#include "app/survey_state.hpp"
#include "app/survey_targets.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Between two savings at least this, and at most a fiftieth of the time is spent on them.
constexpr Duration kSaveInterval = std::chrono::seconds(2);
constexpr int kSaveShare = 50;

// Saves the survey now and then, and at the end.
class Keeper {
 public:
  Keeper(std::string file, Instant now) : file_(std::move(file)), next_(now + kSaveInterval) {}

  bool save_if_due(const probes::Survey& survey, Instant now) {
    return file_.empty() || now < next_ || save(survey, now);
  }
  bool save(const probes::Survey& survey, Instant now) {
    if (file_.empty()) return true;
    const auto written = write_state(file_, survey.save(now));
    if (!written) problem_ = to_string(written.error());
    const Instant done = net::monotonic_now();
    next_ = done + std::max(kSaveInterval, (done - now) * kSaveShare);
    return problem_.empty();
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::string file_;
  Instant next_;
  std::string problem_;
};

std::string vantage_of(const MapOptions& options) {
  if (!options.way_out.vantage.empty()) return options.way_out.vantage;
  return options.way_out.netns.empty() ? "this machine" : options.way_out.netns;
}

// A few flows to each address tell shares; with very many addresses one must do unless more are asked for.
std::uint16_t flows_for(const MapOptions& options, std::size_t addresses) {
  constexpr std::size_t kMany = 1024;
  if (options.flows != 0) return options.flows;
  return addresses <= kMany ? 6 : 1;
}

// A source that some target can be reached from: the binding's, or the one that the kernel would take.
Result<IpAddress> choose_source(const net::Binding& binding, net::PacketIo& io, const std::vector<IpAddress>& targets,
                                const schedule::DenyList& deny) {
  if (binding.source) return *binding.source;
  for (const IpAddress& target : targets) {
    if (deny.contains(target)) continue;
    if (const auto source = io.source_for(target)) return *source;
  }
  return Error{ErrorCode::not_found, "choose a source address", "there is no route to any of the targets"};
}

Result<probes::Survey> begin(const MapOptions& options, const probes::SurveySettings& settings) {
  const Instant now = net::monotonic_now();
  if (options.state.empty()) return probes::Survey::create(settings, now);
  const auto saved = read_state(options.state);
  if (!saved) return saved.error();
  if (!*saved) return probes::Survey::create(settings, now);
  auto resumed = probes::Survey::resume(settings, **saved, now);
  if (!resumed) return Error{resumed.error().code, options.state, to_string(resumed.error())};
  std::cerr << fmt::format("isthmus: goes on with {} at {:.0f} %\n", options.state, resumed->progress().share * 100);
  return resumed;
}

int print_results(const MapOptions& options, const std::vector<BlockReport>& blocks) {
  int status = kSuccess;
  if (!options.dot.empty()) status = std::max(status, write_to(options.dot, survey_dot(blocks)));
  if (!options.svg.empty()) status = std::max(status, write_to(options.svg, survey_svg(blocks, vantage_of(options))));
  if (options.json) return std::max(status, write_to("-", survey_json(blocks)));
  if (options.dot == "-" || options.svg == "-") return status;
  return std::max(status, write_to("-", survey_table(blocks)));
}

// What people want to know besides the result.
void print_notes(const probes::SurveyProgress& progress, const SurveyLoop& loop, Duration elapsed) {
  std::cerr << fmt::format("isthmus: {} probes to {} addresses, {} answers, {} routers, {:.1f} s\n", progress.sent,
                           progress.targets, progress.answers, progress.interfaces, to_seconds(elapsed));
  if (progress.denied > 0) std::cerr << fmt::format("isthmus: {} addresses are on the deny list\n", progress.denied);
  for (const auto& [error, count] : loop.send_errors()) {
    std::cerr << fmt::format("isthmus: {} probes not sent: {}\n", count, std::strerror(error));
  }
  for (std::size_t i = 0; i < progress.invalid.size(); ++i) {
    const auto reason = static_cast<InvalidReason>(i);
    if (progress.invalid[i] == 0 || reason == InvalidReason::not_ours) continue;
    std::cerr << fmt::format("isthmus: {} answers left out: {}\n", progress.invalid[i], to_string(reason));
  }
}

std::string ending_of(SurveyLoop::End end, const Keeper& keeper, const MapOptions& options, double share) {
  if (!keeper.problem().empty()) return keeper.problem();
  std::string text = fmt::format(
      "{} at {:.0f} %", end == SurveyLoop::End::blind ? "the interface is gone: stopped" : "interrupted", share * 100);
  text += options.state.empty() ? "; --state FILE would let it go on later"
                                : "; the same command goes on with " + options.state;
  return text;
}

int survey(const MapOptions& options, net::PacketIo& io, const probes::SurveySettings& settings,
           const std::shared_ptr<const ip2as::NetworkData>& names) {
  auto survey = begin(options, settings);
  if (!survey) return fail(to_string(survey.error()));
  catch_interrupt();
  const Instant began = net::monotonic_now();
  Keeper keeper(options.state, began);
  ProgressBar bar(began, survey->progress().share);
  SurveyLoop loop(io, *survey, [&](Instant now) {
    bar.update([&] { return progress_of(survey->progress()); }, now);
    return keeper.save_if_due(*survey, now);
  });
  const SurveyLoop::End end = loop.run();
  const Instant ended = net::monotonic_now();
  bar.hide();
  print_notes(survey->progress(), loop, ended - began);
  if (end != SurveyLoop::End::finished) {
    if (keeper.problem().empty()) keeper.save(*survey, ended);
    const bool partial = options.state.empty() && end == SurveyLoop::End::interrupted;
    if (partial) print_results(options, report_blocks(*survey, settings.flows, names));
    return fail(ending_of(end, keeper, options, survey->progress().share));
  }
  const int status = print_results(options, report_blocks(*survey, settings.flows, names));
  // Kept until the result is out.
  if (status == kSuccess && !options.state.empty()) std::remove(options.state.c_str());
  return status;
}

int map(MapOptions options) {
  auto way = way_out_of(options.way_out, options.rate);
  if (!way) return fail(to_string(way.error()));
  auto settings = survey_settings(options, *way);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = survey_names(options);
  if (!names) return fail(to_string(names.error()));
  auto targets = read_survey_targets(options.targets, options.addresses);
  if (!targets) return fail(to_string(targets.error()));
  const auto denied = [&](const IpAddress& address) { return settings->deny.contains(address); };
  if (std::all_of(targets->begin(), targets->end(), denied)) return fail("every address is on the deny list");
  way->io.tcp.wanted = options.protocol == "tcp";
  auto io = net::open_packet_io(way->binding, way->io);
  if (!io) return fail(to_string(io.error()));
  const auto source = choose_source(way->binding, **io, *targets, settings->deny);
  if (!source) return fail(to_string(source.error()));
  settings->source = *source;
  settings->flows = flows_for(options, targets->size());
  settings->targets = std::move(*targets);
  return survey(options, **io, *settings, *names);
}

constexpr const char* kFooter =
    "Modes: `saving` finds the distance of each target with one probe or takes over its neighbours', walks back until\n"
    "what comes next is known, and asks silent hops between answers once more; `all` sends every probe in random "
    "order;\n"
    "`window` looks at the last hops only, where the upstreams are, over many flows and addresses.\n"
    "Shares are of flows (in --json also of addresses), never of traffic, with a 95 % interval.\n"
    "Silent hops are counted by cause: `icmp_limit` and `mute` routers forward, for hops behind them answer;\n"
    "`forward_loss` and `unreachable` ends are shown by other flows to the same address; the rest is `unknown`.\n\n"
    "Example: isthmus map 175.45.176.0/22 --rate 200 --netns quickstart.vp-germany --ip2as asn-ipv4.csv\n"
    "Example: isthmus map blocks.txt --rate 20000 --flows 1 --ip2as asn-ipv4.csv --state survey.bin --json > "
    "map.ndjson\n"
    "Example: isthmus map 175.45.176.0/22 --mode window --addresses 16 --ip2as asn-ipv4.csv --svg=map.svg "
    "--dot=map.dot";

}  // namespace

void add_map(CLI::App& root, Run& run) {
  auto options = std::make_shared<MapOptions>();
  CLI::App* command = root.add_subcommand(
      "map", "Survey many addresses and say which upstream carries each block; exit 1 when it could not be completed");
  add_map_options(*command, *options);
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return map(*options); }; });
}

}  // namespace isthmus::app
