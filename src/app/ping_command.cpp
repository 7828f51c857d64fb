#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>

#include "app/command.hpp"
#include "app/one_shot.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

struct PingOptions {
  OneShotOptions common;
  std::string protocol{"icmp"};
  std::uint16_t port{0};
  std::size_t count{4};
  std::string interval{"1s"};
  std::string timeout{"2s"};
  std::string resolve_interval{"60s"};

  [[nodiscard]] bool is_endless() const { return count == 0; }
};

const std::map<std::string, Protocol> kProtocols{
    {"icmp", Protocol::icmp}, {"udp", Protocol::udp}, {"tcp", Protocol::tcp}};

// What is known of one target. An endless ping keeps the figures and lets go of the outcomes.
struct Record {
  PingSeries series;
  std::size_t sent{0};
  std::vector<double> rtts;  // milliseconds
  double least{0};
  double most{0};
  double sum{0};
  std::size_t answered{0};
};
using Records = std::map<std::string, Record>;

std::string why_not_sent(int error_number) {
  switch (error_number) {
    case EMSGSIZE: return "larger than the MTU";
    case ENETUNREACH: return "no route";
    case EHOSTUNREACH: return "the gateway does not resolve";
    case EACCES: return "on the deny list";
    default: return std::strerror(error_number);
  }
}

std::string line_of(const PingSeries& series, std::size_t number, const Outcome& outcome) {
  const std::string head = fmt::format("{}  #{}  ", series.target, number);
  if (const Reply* reply = reply_of(outcome)) {
    const char* mark = reply->weak ? "  (rewritten on its way)" : "";
    if (!answers_ping(*reply, series.address)) {
      return head + fmt::format("{} from {} (code {}){}", to_string(reply->kind), to_string(reply->from),
                                reply->icmp_code, mark);
    }
    const char* port = reply->kind == ReplyKind::tcp_syn_ack  ? "  port open"
                       : reply->kind == ReplyKind::echo_reply ? ""
                                                              : "  port closed";
    return head + fmt::format("{:.3f} ms  ttl {}{}{}", to_seconds(reply->rtt) * 1e3, reply->ttl, port, mark);
  }
  if (const auto* failed = std::get_if<SendFailed>(&outcome)) {
    return head + "not sent: " + why_not_sent(failed->error_number);
  }
  return head + "no answer";
}

std::string summary_of(Record& record, bool median) {
  std::string text = fmt::format("{} ({}): {} sent, {} answered", record.series.target,
                                 to_string(record.series.address), record.sent, record.answered);
  if (record.answered == 0) return text;
  double middle = record.sum / static_cast<double>(record.answered);
  if (median) {
    std::sort(record.rtts.begin(), record.rtts.end());
    middle = record.rtts[record.rtts.size() / 2];
  }
  return text + fmt::format(", rtt min/{}/max {:.3f}/{:.3f}/{:.3f} ms", median ? "median" : "mean", record.least,
                            middle, record.most);
}

Result<probes::ProberSettings> settings_of(const PingOptions& options, const std::vector<NamedAddress>& targets) {
  const auto interval = parse_duration(options.interval);
  if (!interval) return interval.error();
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, targets);
  if (!settings) return settings.error();
  settings->ping = {.enabled = true,
                    .interval = *interval,
                    .timeout = *timeout,
                    .protocol = kProtocols.at(options.protocol),
                    .destination_port = options.port};
  return settings;
}

// Adds an outcome to its record; false when the record is full.
bool take(const PingOptions& options, Record& record, const PingSeries& series) {
  if (!options.is_endless() && record.sent == options.count) return false;
  const PingOutcome& ping = series.outcomes.front();
  const Reply* reply = reply_of(ping.outcome);
  if (reply != nullptr && answers_ping(*reply, series.address)) {
    const double rtt = to_seconds(reply->rtt) * 1e3;
    record.least = record.answered == 0 ? rtt : std::min(record.least, rtt);
    record.most = std::max(record.most, rtt);
    record.sum += rtt;
    ++record.answered;
    if (!options.is_endless()) record.rtts.push_back(rtt);
  }
  ++record.sent;
  if (!options.common.json) std::cout << line_of(series, record.sent, ping.outcome) << std::endl;
  if (options.common.json && options.is_endless()) std::cout << formats::to_atlas_json(series) << std::endl;
  auto outcomes = std::move(record.series.outcomes);
  record.series = series;
  if (!options.is_endless()) {
    outcomes.push_back(ping);
    record.series.outcomes = std::move(outcomes);
  }
  return true;
}

// Longer than any healthy run: the last requests, their timeout, and what the rate limit makes of the intervals.
Duration limit_of(const PingOptions& options, const probes::ProberSettings& settings) {
  if (options.is_endless()) return Duration::max();
  const auto round = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(static_cast<double>(settings.targets.size()) / settings.rate_limit));
  return settings.ping.timeout + std::chrono::seconds(2) +
         static_cast<int>(options.count) * (settings.ping.interval + round);
}

// What is left to say; whether every target answered.
bool finish(const PingOptions& options, Records& records) {
  bool all_answered = true;
  for (auto& [name, record] : records) {
    all_answered = all_answered && record.answered > 0;
    if (record.sent == 0) continue;
    if (!options.common.json) {
      std::cout << summary_of(record, !options.is_endless()) << '\n';
    } else if (!options.is_endless()) {
      std::cout << formats::to_atlas_json(record.series) << '\n';
    }
  }
  return all_answered;
}

// The prober follows the names: those that moved, and those that resolve only now.
void follow(const PingOptions& options, const std::vector<ResolvedName>& found, std::vector<NamedAddress>& targets,
            probes::Prober& prober, const probes::ProberSettings& before) {
  const std::vector<NamedAddress> old = targets;
  if (!follow_names(found, targets)) return;
  probes::ProberSettings settings = before;
  settings.targets.clear();
  for (const NamedAddress& target : targets) {
    settings.targets.push_back({.name = target.name, .prefixes = {}, .addresses = {target.address}});
    if (options.common.json || std::find(old.begin(), old.end(), target) != old.end()) continue;
    std::cout << target.name << "  is now " << to_string(target.address) << std::endl;
  }
  if (const auto done = prober.reconfigure(std::move(settings), net::monotonic_now()); !done) {
    fail(to_string(done.error()));
  }
}

int ping(const PingOptions& options) {
  const auto resolve_interval = parse_duration(options.resolve_interval);
  if (!resolve_interval) return fail(to_string(resolve_interval.error()));
  OneShotTargets resolved = resolve_targets(options.common, "ping");
  std::vector<NamedAddress>& targets = resolved.found;
  if (targets.empty() && !options.is_endless()) return kFailure;  // each one's reason is told
  const auto settings = settings_of(options, targets);
  if (!settings) return fail(to_string(settings.error()));
  auto io = open_one_shot(options.common);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));

  Records records;
  for (const NamedAddress& target : targets) records[target.name].series.target = target.name;
  std::size_t missing = targets.size() * options.count;
  std::optional<NameWatch> watch;
  if (options.is_endless()) {
    watch.emplace(options.common.targets, family_of(options.common), *resolve_interval, [&] { (*io)->wake(); });
  }
  run_one_shot(
      **io, *prober, limit_of(options, *settings),
      [&](const Observation& observation) {
        const auto* series = std::get_if<PingSeries>(&observation);
        if (series != nullptr && take(options, records[series->target], *series) && !options.is_endless()) --missing;
        return options.is_endless() || missing > 0;
      },
      [&] {
        const auto found = watch ? watch->take() : std::nullopt;
        if (found) follow(options, *found, targets, *prober, *settings);
      });
  return finish(options, records) && resolved.complete ? kSuccess : kFailure;
}

}  // namespace

void add_ping(CLI::App& root, Run& run) {
  auto options = std::make_shared<PingOptions>();
  CLI::App* command = root.add_subcommand("ping", "Ping addresses; exit 1 when one of them never answered");
  command->add_option("targets", options->common.targets, "Addresses or names")->required();
  command
      ->add_option("--protocol", options->protocol,
                   "What the probes are: echo requests, UDP to a port that should "
                   "be closed, or TCP SYN to any port")
      ->check(CLI::IsMember(kProtocols))
      ->capture_default_str();
  command->add_option("--port", options->port, "Destination port; 33434 in UDP and 80 in TCP unless given")
      ->check(CLI::Range(1, 65535));
  command->add_option("--count", options->count, "Probes to each address; 0: until Ctrl-C")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1000000}))
      ->capture_default_str();
  command->add_option("--interval", options->interval, "Between two probes to one address")->capture_default_str();
  command->add_option("--timeout", options->timeout, "When a probe counts as unanswered")->capture_default_str();
  command->add_option("--resolve-interval", options->resolve_interval, "How often names are looked up again")
      ->capture_default_str();
  add_one_shot_options(*command, options->common);
  command->footer("Example: isthmus ping 175.45.176.71 --netns quickstart.vp-germany --count 3");
  command->callback([options, &run] { run = [options] { return ping(*options); }; });
}

}  // namespace isthmus::app
