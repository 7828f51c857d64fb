#include "app/trace_options.hpp"

#include <CLI/CLI.hpp>

#include "isthmus/probes/settings.hpp"

namespace isthmus::app {
namespace {

void add_rounds(CLI::App& command, TraceOptions& options) {
  command.add_flag("--live", options.live, "Round after round, as a view that follows, until q or Ctrl-C");
  command
      .add_option("--rounds", options.rounds,
                  "So many rounds (0: until Ctrl-C), then a report; with --json a line a trace")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1000000}));
  command.add_option("-i,--interval", options.interval, "From one round to the next")
      ->type_name("DURATION")
      ->capture_default_str();
  command.add_flag("-n,--no-names", options.no_names, "Ask no name server for the routers' names");
  add_color_choice(command, options.color);
}

}  // namespace

Protocol TraceOptions::probe_protocol() const {
  if (protocol == "icmp") return Protocol::icmp;
  return protocol == "tcp" ? Protocol::tcp : Protocol::udp;
}

std::uint16_t TraceOptions::probe_port() const { return port != 0 ? port : probes::default_port(probe_protocol()); }

void add_trace_options(CLI::App& command, TraceOptions& options) {
  command.add_option("targets", options.common.targets, "Addresses or names")->type_name("TARGET")->required();
  command.add_option("--protocol", options.protocol, "What the probes are")
      ->check(CLI::IsMember({"udp", "icmp", "tcp"}))
      ->capture_default_str();
  command
      .add_option("--port", options.port,
                  "Destination port: the first of sixteen with udp (33434), the one with tcp (80)")
      ->check(CLI::Range(1, 65520));
  auto* flows = command
                    .add_option("--flows", options.flows,
                                "Flows, each constant over all hops: 1 unless given, 4 with --live and --rounds")
                    ->check(CLI::Range(1, 64));
  command.add_option("--timeout", options.timeout, "When a probe counts as unanswered")
      ->type_name("DURATION")
      ->capture_default_str();
  command
      .add_option("--attempts", options.attempts,
                  "Probes that a silent hop gets: 2 unless given, 1 with --live and --rounds")
      ->check(CLI::Range(1, 10));
  command.add_option("--gap-limit", options.gap_limit, "Silent hops in a row that end a trace")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  command.add_option("--max-ttl", options.max_ttl, "Last hop probed")->check(CLI::Range(1, 63))->capture_default_str();
  add_rounds(command, options);
  auto* mda =
      command.add_flag("--mda", options.mda, "Find every path that load balancers spread flows over (MDA-Lite)")
          ->excludes(flows)
          ->excludes("--live")
          ->excludes("--rounds");
  command.add_flag("--full-mda", options.full_mda, "Follow flows through every router, not only where hops are uneven")
      ->needs(mda);
  command.add_option("--confidence", options.confidence, "Per cent sure to have found every path")
      ->check(CLI::IsMember({95, 99}))
      ->capture_default_str()
      ->needs(mda);
  auto* dot = command.add_flag("--dot", options.dot, "The paths of --mda as a DOT graph")->needs(mda);
  add_one_shot_options(command, options.common);
  dot->excludes("--json");
  command.get_option("--live")->excludes("--json");
}

}  // namespace isthmus::app
