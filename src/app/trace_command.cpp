#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/one_shot.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

struct TraceOptions {
  OneShotOptions common;
  std::string protocol{"udp"};
  std::uint16_t flows{1};
  std::string timeout{"1s"};
  int attempts{2};
  int gap_limit{5};
  int max_ttl{32};
};

std::string answers_of(const Hop& hop) {
  std::string text;
  for (const Outcome& outcome : hop.outcomes) {
    const Reply* reply = reply_of(outcome);
    text += reply != nullptr ? fmt::format("  {:.3f} ms", to_seconds(reply->rtt) * 1e3) : "  *";
    if (reply != nullptr && reply->kind == ReplyKind::unreachable) text += fmt::format(" !{}", reply->icmp_code);
  }
  return text;
}

void print(const Trace& trace, const ip2as::PrefixTable& names) {
  std::cout << fmt::format("{} ({}) by {}, flow {}: {}\n", trace.target, to_string(trace.destination),
                           to_string(trace.protocol), trace.flow.value, to_string(trace.stop));
  for (const Hop& hop : trace.hops) {
    const Reply* answer = hop.answer();
    std::string who = "*";
    std::string network;
    if (answer != nullptr) {
      who = to_string(answer->from);
      if (const auto origin = names.lookup(answer->from)) {
        network = fmt::format("  AS{} {}", to_string(origin->asn), origin->name);
      }
    }
    std::cout << fmt::format("{:>4}  {:<16}{}{}\n", hop.ttl, who, answers_of(hop), network);
  }
}

Result<probes::ProberSettings> settings_of(const TraceOptions& options, const std::vector<NamedAddress>& targets) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, targets);
  if (!settings) return settings.error();
  settings->trace.enabled = true;
  // One round is all that is wanted; the run ends long before the next.
  settings->trace.interval = std::chrono::hours(24);
  settings->trace.protocol = options.protocol == "icmp" ? Protocol::icmp : Protocol::udp;
  settings->trace.flows = options.flows;
  settings->trace.timeout = *timeout;
  settings->trace.attempts = options.attempts;
  settings->trace.gap_limit = options.gap_limit;
  settings->trace.max_ttl = static_cast<Ttl>(options.max_ttl);
  return settings;
}

int trace(const TraceOptions& options) {
  const auto targets = resolve(options.common.targets);
  if (!targets) return fail(to_string(targets.error()));
  const auto settings = settings_of(options, *targets);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = load_names(options.common);
  if (!names) return fail(to_string(names.error()));
  auto io = open_one_shot(options.common);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));
  for (const NamedAddress& target : *targets) prober->trace_now(target.name, target.address, net::monotonic_now());

  std::size_t missing = targets->size() * options.flows;
  bool reached = true;
  const bool whole = run_one_shot(**io, *prober, std::chrono::minutes(5), [&](const Observation& observation) {
    const auto* result = std::get_if<Trace>(&observation);
    if (result == nullptr || missing == 0) return missing != 0;
    reached &= result->stop == StopReason::reached;
    if (options.common.json) {
      std::cout << formats::to_atlas_json(*result) << std::endl;
    } else {
      print(*result, *names);
    }
    return --missing != 0;
  });
  return whole && reached ? kSuccess : kFailure;
}

}  // namespace

void add_trace(CLI::App& root, Run& run) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command =
      root.add_subcommand("trace", "Paris traceroute once; exit 1 when a flow did not reach its destination");
  command->add_option("targets", options->common.targets, "Addresses or names")->required();
  command->add_option("--protocol", options->protocol, "What the probes are")
      ->check(CLI::IsMember({"udp", "icmp"}))
      ->capture_default_str();
  command->add_option("--flows", options->flows, "Flows, each constant over all hops")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout, "When a probe counts as unanswered")->capture_default_str();
  command->add_option("--attempts", options->attempts, "Probes that a silent hop gets")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  command->add_option("--gap-limit", options->gap_limit, "Silent hops in a row that end a trace")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  command->add_option("--max-ttl", options->max_ttl, "Last hop probed")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  add_one_shot_options(*command, options->common);
  command->footer("Example: isthmus trace 175.45.176.71 --netns quickstart.vp-germany --flows 6 --ip2as asn-ipv4.csv");
  command->callback([options, &run] { run = [options] { return trace(*options); }; });
}

}  // namespace isthmus::app
