#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/multipath_run.hpp"
#include "app/multipath_text.hpp"
#include "app/one_shot.hpp"
#include "app/trace_text.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// A path behind routers that limit their ICMP takes minutes.
constexpr Duration kMultipathLimit = std::chrono::minutes(15);

struct TraceOptions {
  OneShotOptions common;
  std::string protocol{"udp"};
  std::uint16_t flows{1};
  std::uint16_t port{0};  ///< 0: what is usual for the protocol.
  std::string timeout{"1s"};
  int attempts{2};
  int gap_limit{5};
  int max_ttl{32};
  bool mda{false};
  bool full_mda{false};
  int confidence{95};
  bool dot{false};
};

Protocol protocol_of(const TraceOptions& options) {
  if (options.protocol == "icmp") return Protocol::icmp;
  return options.protocol == "tcp" ? Protocol::tcp : Protocol::udp;
}

std::uint16_t port_of(const TraceOptions& options) {
  return options.port != 0 ? options.port : probes::default_port(protocol_of(options));
}

Result<probes::ProberSettings> settings_of(const TraceOptions& options, const std::vector<NamedAddress>& targets) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, targets);
  if (!settings) return settings.error();
  settings->trace.enabled = true;
  // One round is all that is wanted; the run ends long before the next.
  settings->trace.interval = std::chrono::hours(24);
  settings->trace.protocol = protocol_of(options);
  settings->trace.destination_port = port_of(options);
  settings->trace.flows = options.flows;
  settings->trace.timeout = *timeout;
  settings->trace.attempts = options.attempts;
  settings->trace.gap_limit = options.gap_limit;
  settings->trace.max_ttl = static_cast<Ttl>(options.max_ttl);
  return settings;
}

int trace(const TraceOptions& options) {
  const auto [targets, complete] = resolve_targets(options.common, "traceroute");
  if (targets.empty()) return kFailure;  // each one's reason is told
  const auto settings = settings_of(options, targets);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = load_names(options.common);
  if (!names) return fail(to_string(names.error()));
  auto io = open_one_shot(options.common);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));
  for (const NamedAddress& target : targets) prober->trace_now(target.name, target.address, net::monotonic_now());

  std::size_t missing = targets.size() * options.flows;
  bool reached = true;
  const bool whole = run_one_shot(**io, *prober, std::chrono::minutes(5), [&](const Observation& observation) {
    const auto* result = std::get_if<Trace>(&observation);
    if (result == nullptr || missing == 0) return missing != 0;
    reached &= result->stop == StopReason::reached;
    if (options.common.json) {
      std::cout << formats::to_atlas_json(*result) << std::endl;
    } else {
      std::cout << trace_text(*result, *names) << std::flush;
    }
    return --missing != 0;
  });
  return whole && reached && complete ? kSuccess : kFailure;
}

Result<probes::MultipathSettings> multipath_settings(const TraceOptions& options,
                                                     const std::vector<NamedAddress>& targets) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  const auto common = one_shot_settings(options.common, targets);
  if (!common) return common.error();
  probes::MultipathSettings settings;
  settings.protocol = protocol_of(options);
  settings.destination_port = port_of(options);
  settings.algorithm = options.full_mda ? probes::MultipathAlgorithm::mda : probes::MultipathAlgorithm::mda_lite;
  settings.failure_bound = (100 - options.confidence) / 100.0;
  settings.max_ttl = static_cast<Ttl>(options.max_ttl);
  settings.attempts = options.attempts;
  settings.gap_limit = options.gap_limit;
  settings.timeout = *timeout;
  settings.rate_limit = common->rate_limit;
  settings.router_limit = common->router_limit;
  settings.deny = common->deny;
  settings.key_seed = common->key_seed;
  return settings;
}

int multipath(const TraceOptions& options) {
  const auto [targets, complete] = resolve_targets(options.common, "traceroute");
  if (targets.empty()) return kFailure;  // each one's reason is told
  auto settings = multipath_settings(options, targets);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = load_names(options.common);
  if (!names) return fail(to_string(names.error()));
  auto io = open_one_shot(options.common);
  if (!io) return fail(to_string(io.error()));
  bool found_all = complete;
  for (const NamedAddress& target : targets) {
    if (is_interrupted()) return kFailure;
    settings->destination = target.address;
    auto result = run_multipath(**io, *settings, kMultipathLimit);
    if (!result) return fail(to_string(result.error()));
    if (result->probes == 0 && result->last_error != 0) {
      return fail(to_string(system_error("probe " + target.name, result->last_error)));
    }
    found_all = found_all && result->complete && result->reached;
    const std::string& vantage = options.common.vantage.empty() ? "local" : options.common.vantage;
    const MultipathReport report{vantage, target.name, std::move(*result)};
    if (options.common.json) {
      std::cout << multipath_json(report, *names) << std::endl;
    } else {
      std::cout << (options.dot ? multipath_dot(report, *names) : multipath_text(report, *names)) << std::flush;
    }
  }
  return found_all ? kSuccess : kFailure;
}

}  // namespace

void add_trace(CLI::App& root, Run& run) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command =
      root.add_subcommand("trace", "Paris traceroute once; exit 1 when a flow did not reach its destination");
  command->add_option("targets", options->common.targets, "Addresses or names")->required();
  command->add_option("--protocol", options->protocol, "What the probes are")
      ->check(CLI::IsMember({"udp", "icmp", "tcp"}))
      ->capture_default_str();
  command
      ->add_option("--port", options->port,
                   "Destination port: the first of sixteen with udp (33434), the one with tcp (80)")
      ->check(CLI::Range(1, 65520));
  auto* flows = command->add_option("--flows", options->flows, "Flows, each constant over all hops")
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
      ->check(CLI::Range(1, 63))
      ->capture_default_str();
  auto* mda =
      command->add_flag("--mda", options->mda, "Find every path that load balancers spread flows over (MDA-Lite)")
          ->excludes(flows);
  command
      ->add_flag("--full-mda", options->full_mda, "Follow flows through every router, not only where hops are uneven")
      ->needs(mda);
  command->add_option("--confidence", options->confidence, "Per cent sure to have found every path")
      ->check(CLI::IsMember({95, 99}))
      ->capture_default_str()
      ->needs(mda);
  auto* dot = command->add_flag("--dot", options->dot, "The paths of --mda as a DOT graph")->needs(mda);
  add_one_shot_options(*command, options->common);
  dot->excludes("--json");
  command->footer("Example: isthmus trace 175.45.176.71 --netns quickstart.vp-germany --flows 6 --ip2as asn-ipv4.csv");
  command->callback(
      [options, &run] { run = [options] { return options->mda ? multipath(*options) : trace(*options); }; });
}

}  // namespace isthmus::app
