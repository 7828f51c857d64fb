// What probes buy: the same changing internet, in virtual time, watched by whole traces and by sentinels. Prints
// Markdown tables. `build/tests/budget [HOURS [BLOCKS [SEED]]]`.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "bench/resilience/budget_world.hpp"
#include "support/prober_world.hpp"

namespace isthmus::bench {
namespace {

using namespace std::chrono_literals;
using support::ProberWorld;

constexpr Duration kInterval = 60s;
constexpr Duration kRetraceEvery = 5s;  // at most, as in the core

struct Way {
  std::string name;
  Duration whole{kInterval};
  std::optional<Duration> sentinel{};
  double probes_per_hour{0};
  bool advised{true};
  std::uint16_t flows{6};
};

/// What came of the changes of one part.
struct Score {
  std::size_t changes{0};
  std::size_t found{0};
  std::size_t lasting{0};          // at least two intervals
  std::size_t lasting_in_time{0};  // found within two intervals
  std::vector<double> delays;      // in intervals

  [[nodiscard]] std::string delay(double quantile) const {
    if (delays.empty()) return "";
    auto sorted = delays;
    std::sort(sorted.begin(), sorted.end());
    return fmt::format("{:.2f}", sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))]);
  }
};

struct Result {
  std::uint64_t probes{0};
  double a_second{0};
  std::map<Part, Score> scores;
};

/// A change, until something shows it or another one takes its place.
struct Open {
  Change change;
  std::optional<Duration> until;
  std::optional<Duration> found;
};

class Watcher {
 public:
  Watcher(const WorldSettings& settings, BudgetWorld& world, const Way& way)
      : settings_(settings), world_(world), way_(way), probing_(prober_settings(), network_) {
    world_.reset();
    world_.build(network_);
    start_ = probing_.wall();
  }

  Result run() {
    Duration now{};
    for (const Change& change : world_.changes()) {
      now = run_until(change.at, now);
      begin(change);
      world_.apply(change, network_);
    }
    run_until(settings_.duration, now);
    return judge();
  }

 private:
  [[nodiscard]] probes::ProberSettings prober_settings() const {
    probes::ProberSettings settings;
    settings.vantage = "vp";
    settings.rate_limit = 5000;
    settings.ping.enabled = false;
    settings.discovery.enabled = false;
    settings.key_seed.fill(std::byte{7});
    settings.trace.flows = way_.flows;
    settings.trace.interval = way_.whole;
    settings.trace.timeout = 1s;
    if (way_.sentinel) settings.trace.sentinel = probes::SentinelSettings{*way_.sentinel};
    probes::ProbeTarget target{.name = "world", .prefixes = {}, .addresses = {}};
    for (std::size_t i = 0; i < settings_.blocks; ++i) target.addresses.push_back(BudgetWorld::host(i));
    target.trace_probes_per_hour = way_.probes_per_hour;
    settings.targets = {std::move(target)};
    return settings;
  }

  // A few seconds at a time, so that advice is as fresh as a core's.
  Duration run_until(Duration end, Duration now) {
    while (now < end) {
      const Duration step = std::min<Duration>(5s, end - now);
      probing_.run_for(step);
      now += step;
      result_.probes += network_.sent().size();
      network_.forget_sent();
      for (const Trace& trace : support::only<Trace>(probing_.observations)) take(trace);
      probing_.observations.clear();
    }
    return end;
  }

  void begin(const Change& change) {
    if (change.part == Part::balancer) return;
    auto& open = open_[{change.block, change.part}];
    if (!open.empty()) open.back().until = change.at;
    open.push_back({change, std::nullopt, std::nullopt});
  }

  void take(const Trace& trace) {
    const std::size_t block = (trace.destination.v4_value() - BudgetWorld::host(0).v4_value()) >> 8;
    std::optional<IpAddress> upstream;
    for (const Hop& hop : trace.hops) {
      const Reply* reply = hop.answer();
      if (reply == nullptr) continue;
      if (world_.is_upstream(reply->from, block)) upstream = reply->from;
      if (hop.measured) continue;  // that is no news
      for (const Part part : {Part::provider, Part::transit}) note(block, part, reply->from, trace.ended - start_);
    }
    if (!upstream) return;
    // What a core does: it asks for traces of all flows when the upstream of one has changed, and says where it is.
    IpAddress& before = upstreams_[{trace.destination, trace.flow}];
    if (is_other_provider(before, *upstream, block))
      probing_.prober().look_now("world", trace.destination, probing_.now());
    before = *upstream;
    if (way_.advised) probing_.prober().advise({"world", trace.destination, trace.flow, *upstream});
  }

  [[nodiscard]] bool is_other_provider(const IpAddress& before, const IpAddress& now, std::size_t block) const {
    return world_.is_upstream(before, block) && world_.provider_of(before, block) != world_.provider_of(now, block);
  }

  void note(std::size_t block, Part part, const IpAddress& address, Duration at) {
    auto& open = open_[{block, part}];
    if (open.empty() || open.back().found) return;
    if (world_.shows(address, block, part, open.back().change.variant)) open.back().found = at;
  }

  Result judge() {
    for (const auto& [key, list] : open_) {
      Score& score = result_.scores[key.second];
      for (const Open& open : list) {
        const Duration lasted = open.until.value_or(settings_.duration) - open.change.at;
        if (!open.until && lasted < 2 * kInterval) continue;  // nobody had the time
        ++score.changes;
        score.lasting += lasted >= 2 * kInterval ? 1 : 0;
        if (!open.found) continue;
        ++score.found;
        const double delay = to_seconds(*open.found - open.change.at) / to_seconds(kInterval);
        score.delays.push_back(delay);
        score.lasting_in_time += lasted >= 2 * kInterval && delay <= 2 ? 1 : 0;
      }
    }
    return result_;
  }

  WorldSettings settings_;
  BudgetWorld& world_;
  Way way_;
  support::PathSimulator network_;
  ProberWorld probing_;
  Timestamp start_{};
  std::map<std::pair<std::size_t, Part>, std::vector<Open>> open_;
  std::map<std::pair<IpAddress, FlowId>, IpAddress> upstreams_;
  std::map<IpAddress, Instant> asked_;
  Result result_;
};

void print(const Way& way, const Result& result, const Result& first) {
  const Score& upstream = result.scores.at(Part::provider);
  const Score& transit = result.scores.at(Part::transit);
  fmt::print("| {} | {} | {:.1f} % | {} of {} | {} of {} | {}, {}, {} | {} of {} |\n", way.name, result.probes,
             100.0 * static_cast<double>(result.probes) / static_cast<double>(first.probes), upstream.found,
             upstream.changes, upstream.lasting_in_time, upstream.lasting, upstream.delay(0.5), upstream.delay(0.95),
             upstream.delay(1), transit.found, transit.changes);
  std::fflush(stdout);
}

Duration scaled(Duration interval, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(interval.count()) * factor));
}

class Table {
 public:
  Table(const WorldSettings& settings, std::uint16_t flows) : settings_(settings), world_(settings), flows_(flows) {
    fmt::print("{} blocks, {:.1f} hops, {} flows, {} hours, seed {}\n\n", settings.blocks, world_.mean_hops(), flows,
               settings.duration / 1h, settings.seed);
    fmt::print(
        "| way | probes | of the first | upstream changes found | within 2 intervals, of those that last as long | "
        "delay "
        "in intervals: median, 95 %, worst | transit changes found |\n|---|---|---|---|---|---|---|\n");
    first_ = add({.name = "whole traces, 60 s"});
  }

  Result add(Way way) {
    way.flows = flows_;
    const Result result = Watcher(settings_, world_, way).run();
    print(way, result, first_.probes == 0 ? result : first_);
    return result;
  }
  /// Whole traces with as many probes. What changes make necessary costs them too, so their interval has to be tried
  /// out.
  void add_equal(const Result& other) {
    const auto wanted = static_cast<double>(other.probes);
    Way way{.name = "whole traces at that budget",
            .whole = scaled(kInterval, static_cast<double>(first_.probes) / wanted),
            .flows = flows_};
    for (int tried = 0; tried < 3; ++tried) {
      const Result result = Watcher(settings_, world_, way).run();
      way.whole = scaled(way.whole, static_cast<double>(result.probes) / wanted);
    }
    add(way);
  }
  [[nodiscard]] double probes_per_hour() const {
    return static_cast<double>(first_.probes) / to_seconds(settings_.duration) * 3600;
  }

 private:
  WorldSettings settings_;
  BudgetWorld world_;
  std::uint16_t flows_;
  Result first_;
};

// The usual settings: what sentinels find at the interval of whole traces, and what it matters where they stand.
void compare_at_interval(const WorldSettings& settings) {
  Table table(settings, 6);
  const Result sentinels = table.add({.name = "sentinels 60 s, whole traces 4 h", .whole = 4h, .sentinel = kInterval});
  table.add_equal(sentinels);
  table.add({.name = "sentinels without advice", .whole = 4h, .sentinel = kInterval, .advised = false});
  fmt::print("\n");
}

// One flow, which is what finds most for few probes, and a quota.
void compare_at_budget(const WorldSettings& settings) {
  Table table(settings, 1);
  for (const double percent : {10.0, 5.0, 2.0, 1.0, 0.5}) {
    Way way{.name = fmt::format("quota of {} %, sentinels where changes were", percent),
            .whole = 24h,
            .sentinel = scaled(kInterval, 40 / percent),
            .probes_per_hour = table.probes_per_hour() * percent / 100};
    const Result result = table.add(way);
    way.name = "the same quota, every path alike";
    way.sentinel = 1s;  // what nobody can afford is shared equally
    table.add(way);
    table.add_equal(result);
  }
}

int main_of(const WorldSettings& settings) {
  compare_at_interval(settings);
  WorldSettings more = settings;
  more.blocks *= 3;
  compare_at_budget(more);
  return 0;
}

}  // namespace
}  // namespace isthmus::bench

int main(int count, char** values) {
  const auto number = [&](int index, long fallback) {
    return index < count ? std::strtol(values[index], nullptr, 10) : fallback;
  };
  isthmus::bench::WorldSettings settings;
  settings.duration = std::chrono::hours(number(1, 24));
  settings.blocks = static_cast<std::size_t>(number(2, 40));
  settings.seed = static_cast<std::uint64_t>(number(3, 1));
  return isthmus::bench::main_of(settings);
}
