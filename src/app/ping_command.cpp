#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>

#include "app/command.hpp"
#include "app/one_shot.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::app {
namespace {

struct PingOptions {
  OneShotOptions common;
  std::size_t count{4};
  std::string interval{"1s"};
  std::string timeout{"2s"};
};

// What is known of one address, in sending order.
using Series = std::map<IpAddress, PingSeries>;

std::string line_of(const std::string& name, std::size_t number, const Outcome& outcome) {
  if (const Reply* reply = reply_of(outcome)) {
    if (reply->kind == ReplyKind::echo_reply) {
      return fmt::format("{}  #{}  {:.3f} ms  ttl {}", name, number, to_seconds(reply->rtt) * 1e3, reply->ttl);
    }
    return fmt::format("{}  #{}  {} from {} (code {})", name, number, to_string(reply->kind), to_string(reply->from),
                       reply->icmp_code);
  }
  if (const auto* failed = std::get_if<SendFailed>(&outcome)) {
    return fmt::format("{}  #{}  not sent: {}", name, number, std::strerror(failed->error_number));
  }
  return fmt::format("{}  #{}  no answer", name, number);
}

bool echoed(const Outcome& outcome) {
  const Reply* reply = reply_of(outcome);
  return reply != nullptr && reply->kind == ReplyKind::echo_reply;
}

std::string summary_of(const PingSeries& series) {
  std::vector<double> rtts;
  for (const PingOutcome& ping : series.outcomes) {
    if (echoed(ping.outcome)) rtts.push_back(to_seconds(reply_of(ping.outcome)->rtt) * 1e3);
  }
  std::string text = fmt::format("{} ({}): {} sent, {} answered", series.target, to_string(series.address),
                                 series.outcomes.size(), rtts.size());
  if (rtts.empty()) return text;
  std::sort(rtts.begin(), rtts.end());
  return text +
         fmt::format(", rtt min/median/max {:.3f}/{:.3f}/{:.3f} ms", rtts.front(), rtts[rtts.size() / 2], rtts.back());
}

Result<probes::ProberSettings> settings_of(const PingOptions& options, const std::vector<NamedAddress>& targets) {
  const auto interval = parse_duration(options.interval);
  if (!interval) return interval.error();
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, targets);
  if (!settings) return settings.error();
  settings->ping = {.enabled = true, .interval = *interval, .timeout = *timeout};
  return settings;
}

// Adds the outcome; true while some address still lacks outcomes.
bool take(const PingOptions& options, Series& all, const Observation& observation) {
  const auto* series = std::get_if<PingSeries>(&observation);
  if (series == nullptr) return true;
  PingSeries& whole = all[series->address];
  if (whole.outcomes.size() < options.count) {
    const auto known = std::move(whole.outcomes);
    whole = *series;
    whole.outcomes.insert(whole.outcomes.begin(), known.begin(), known.end());
    if (!options.common.json) {
      std::cout << line_of(whole.target, whole.outcomes.size(), whole.outcomes.back().outcome) << std::endl;
    }
  }
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& entry) { return entry.second.outcomes.size() < options.count; });
}

int ping(const PingOptions& options) {
  const auto targets = resolve(options.common.targets);
  if (!targets) return fail(to_string(targets.error()));
  const auto settings = settings_of(options, *targets);
  if (!settings) return fail(to_string(settings.error()));
  auto io = open_one_shot(options.common);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));

  Series all;
  for (const NamedAddress& target : *targets) all[target.address].target = target.name;
  const Duration slowest = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(static_cast<double>(targets->size()) / settings->rate_limit));
  const Duration limit = settings->ping.timeout + std::chrono::seconds(2) +
                         static_cast<int>(options.count) * (settings->ping.interval + slowest);
  run_one_shot(**io, *prober, limit, [&](const Observation& o) { return take(options, all, o); });

  bool all_answered = true;
  for (const auto& [address, series] : all) {
    if (series.outcomes.empty()) {
      all_answered = false;
      continue;
    }
    all_answered &= std::any_of(series.outcomes.begin(), series.outcomes.end(),
                                [](const PingOutcome& p) { return echoed(p.outcome); });
    std::cout << (options.common.json ? formats::to_atlas_json(series) : summary_of(series)) << '\n';
  }
  return all_answered ? kSuccess : kFailure;
}

}  // namespace

void add_ping(CLI::App& root, Run& run) {
  auto options = std::make_shared<PingOptions>();
  CLI::App* command = root.add_subcommand("ping", "Ping addresses once; exit 1 when one of them never answered");
  command->add_option("targets", options->common.targets, "Addresses or names")->required();
  command->add_option("--count", options->count, "Echo requests to each")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000000}))
      ->capture_default_str();
  command->add_option("--interval", options->interval, "Between two requests to one address")->capture_default_str();
  command->add_option("--timeout", options->timeout, "When a request counts as unanswered")->capture_default_str();
  add_one_shot_options(*command, options->common);
  command->footer("Example: isthmus ping 175.45.176.71 --netns quickstart.vp-germany --count 3");
  command->callback([options, &run] { run = [options] { return ping(*options); }; });
}

}  // namespace isthmus::app
