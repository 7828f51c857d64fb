#include "app/one_shot.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "app/data_report.hpp"
#include "app/probe_loop.hpp"
#include "app/wiring.hpp"
#include "formats/json_writer.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;

}  // namespace

std::string vantage_name(const OneShotOptions& options) {
  return options.way_out.vantage.empty() ? "local" : options.way_out.vantage;
}

void add_one_shot_options(CLI::App& command, OneShotOptions& options) {
  add_way_out_options(command, options.way_out);
  command.add_option("--rate", options.rate, "At most so many packets a second")
      ->check(CLI::Range(0.1, 200000.0))
      ->capture_default_str();
  command.add_option("--ip2as", options.ip2as, "Prefix-to-AS file to name the hops with; may be repeated");
  auto* only_v4 = command.add_flag("-4", options.only_v4, "IPv4 addresses only");
  command.add_flag("-6", options.only_v6, "IPv6 addresses only")->excludes(only_v4);
  command.add_flag("--json", options.json, "RIPE Atlas result format, one line a result");
}

std::optional<Family> family_of(const OneShotOptions& options) {
  if (options.only_v4) return Family::ipv4;
  if (options.only_v6) return Family::ipv6;
  return std::nullopt;
}

OneShotTargets resolve_targets(const OneShotOptions& options, const char* type) {
  OneShotTargets targets;
  const auto found = resolve_names(options.targets, family_of(options));
  follow_names(found, targets.found);
  for (const ResolvedName& name : found) {
    if (name.problem.empty()) continue;
    targets.complete = false;
    if (!options.json) {
      std::cout << name.name << "  not resolved: " << name.problem << '\n';
      continue;
    }
    // As RIPE Atlas has it: "dnserr" instead of an address and results.
    formats::JsonWriter json;
    json.begin_object().field("type", type).field("dst_name", name.name).field("dnserr", name.problem);
    json.field("timestamp", std::chrono::floor<std::chrono::seconds>(net::wall_now()).time_since_epoch().count());
    std::cout << json.field("vantage", vantage_name(options)).end_object().take() << '\n';
  }
  return targets;
}

Result<probes::ProberSettings> one_shot_settings(const OneShotOptions& options, const WayOut& way,
                                                 const std::vector<NamedAddress>& targets) {
  probes::ProberSettings settings;
  settings.vantage = vantage_name(options);
  settings.rate_limit = way.rate;
  settings.deny = way.deny;
  settings.key_seed = random_seed();
  settings.ping.enabled = false;
  settings.trace.enabled = false;
  settings.discovery.enabled = false;
  for (const NamedAddress& target : targets) {
    settings.targets.push_back({.name = target.name,
                                .prefixes = {Prefix(target.address, target.address.width())},
                                .addresses = {target.address}});
  }
  for (const NamedAddress& target : targets) {
    if (settings.deny.contains(target.address)) {
      return Error{ErrorCode::refused, "probe " + target.name, to_string(target.address) + " is on the deny list"};
    }
  }
  return settings;
}

Result<ip2as::PrefixTable> load_names(const OneShotOptions& options) { return load_named_prefixes(options.ip2as); }

// No SA_RESTART, so that the poll returns.
void catch_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

void interrupt() { interrupted = 1; }

bool run_one_shot(net::PacketIo& io, probes::Prober& prober, const OneShotRun& run) {
  catch_interrupt();
  const Instant end = run.limit == Duration::max() ? Instant::max() : net::monotonic_now() + run.limit;
  ProbeLoop loop(io, prober);
  bool more = true;
  for (Instant now = net::monotonic_now(); more && interrupted == 0 && now < end; now = net::monotonic_now()) {
    const Instant latest = run.longest_turn == Duration::max() ? end : std::min(end, now + run.longest_turn);
    loop.turn(latest, [&](const Observation& observation) { more = more && run.on_observation(observation); });
    if (run.on_turn) run.on_turn();
  }
  return !more;
}

}  // namespace isthmus::app
