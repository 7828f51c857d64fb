#include "app/trace_multipath.hpp"

#include <iostream>
#include <utility>

#include "app/command.hpp"
#include "app/multipath_run.hpp"
#include "app/multipath_text.hpp"
#include "app/progress.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// A path behind routers that limit their ICMP takes minutes.
constexpr Duration kMultipathLimit = std::chrono::minutes(15);

Result<probes::MultipathSettings> multipath_settings(const TraceOptions& options, const WayOut& way,
                                                     const std::vector<NamedAddress>& targets) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  const auto common = one_shot_settings(options.common, way, targets);
  if (!common) return common.error();
  probes::MultipathSettings settings;
  settings.protocol = options.probe_protocol();
  settings.destination_port = options.probe_port();
  settings.algorithm = options.full_mda ? probes::MultipathAlgorithm::mda : probes::MultipathAlgorithm::mda_lite;
  settings.failure_bound = (100 - options.confidence) / 100.0;
  settings.max_ttl = static_cast<Ttl>(options.max_ttl);
  settings.attempts = options.attempt_count();
  settings.gap_limit = options.gap_limit;
  settings.timeout = *timeout;
  settings.rate_limit = common->rate_limit;
  settings.router_limit = common->router_limit;
  settings.deny = common->deny;
  settings.key_seed = common->key_seed;
  return settings;
}

}  // namespace

int trace_multipath(const TraceOptions& options) {
  const auto [targets, complete] = resolve_targets(options.common, "traceroute");
  if (targets.empty()) return kFailure;  // each one's reason is told
  const auto way = way_out_of(options.common.way_out, options.common.rate);
  if (!way) return fail(to_string(way.error()));
  auto settings = multipath_settings(options, *way, targets);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = load_names(options.common);
  if (!names) return fail(to_string(names.error()));
  auto io = net::open_packet_io(way->binding, way->io);
  if (!io) return fail(to_string(io.error()));
  bool found_all = complete;
  for (const NamedAddress& target : targets) {
    if (is_interrupted()) return kFailure;
    settings->destination = target.address;
    ProgressBar bar(net::monotonic_now());
    auto result = run_multipath(**io, *settings, kMultipathLimit, bar);
    bar.hide();
    if (!result) return fail(to_string(result.error()));
    if (result->probes == 0 && result->last_error != 0) {
      return fail(to_string(system_error("probe " + target.name, result->last_error)));
    }
    found_all = found_all && result->complete && result->reached;
    const MultipathReport report{vantage_name(options.common), target.name, std::move(*result)};
    if (options.common.json) {
      std::cout << multipath_json(report, *names) << std::endl;
    } else {
      std::cout << (options.dot ? multipath_dot(report, *names) : multipath_text(report, *names)) << std::flush;
    }
  }
  return found_all ? kSuccess : kFailure;
}

}  // namespace isthmus::app
