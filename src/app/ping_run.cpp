#include "app/ping_run.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "app/command.hpp"
#include "app/live/scroll.hpp"
#include "app/ping_record.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

using Records = std::map<std::string, PingRecord>;

// Longer than any healthy run: the last requests, their timeout, and what the rate limit makes of the intervals.
Duration limit_of(const PingOptions& options, const probes::ProberSettings& settings) {
  if (options.is_endless()) return Duration::max();
  const auto round = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(static_cast<double>(settings.targets.size()) / settings.rate_limit));
  return settings.ping.timeout + std::chrono::seconds(2) +
         static_cast<int>(options.probes()) * (settings.ping.interval + round);
}

// One ping over its whole life: what was asked for, whom it asks, what was found.
class PingRun {
 public:
  PingRun(const PingOptions& options, OneShotTargets targets, probes::ProberSettings settings)
      : options_(options), targets_(std::move(targets)), settings_(std::move(settings)) {
    for (const NamedAddress& target : targets_.found) records_[target.name].series.target = target.name;
    missing_ = targets_.found.size() * options.probes();
  }

  int run(net::PacketIo& io, probes::Prober& prober, std::unique_ptr<PingLive> live) {
    live_ = std::move(live);
    if (live_) {
      for (const NamedAddress& target : targets_.found) live_->board().set_address(target.name, target.address);
    }
    std::optional<NameWatch> watch;
    if (options_.is_endless()) {
      watch.emplace(options_.common.targets, family_of(options_.common), *parse_duration(options_.resolve_interval),
                    [&] { io.wake(); });
    }
    run_one_shot(io, prober,
                 {.limit = live_ ? Duration::max() : limit_of(options_, settings_),
                  .longest_turn = live_ ? kLookAtKeys : Duration::max(),
                  .on_observation = [&](const Observation& o) { return take(o); },
                  .on_turn =
                      [&] {
                        const auto found = watch ? watch->take() : std::nullopt;
                        if (found) follow(*found, prober);
                        if (live_) show(prober);
                      }});
    live_.reset();  // the terminal is as it was: what follows stays on it
    return finish();
  }

 private:
  // False when it was the last one.
  bool take(const Observation& observation) {
    const auto* series = std::get_if<PingSeries>(&observation);
    if (series == nullptr) return true;
    PingRecord& record = records_[series->target];
    if (!options_.is_endless() && record.sent == options_.probes()) return missing_ > 0;
    record.add(*series, !options_.is_endless());
    const bool json = options_.common.json;
    if (live_) {
      live_->board().take(*series);
    } else if (json && options_.is_endless()) {
      std::cout << formats::to_atlas_json(*series) << std::endl;
    } else if (!json && !options_.quiet) {
      std::cout << ping_line(*series, record.sent) << std::endl;
    }
    return options_.is_endless() || --missing_ > 0;
  }

  // The prober follows the names: those that moved, and those that resolve only now.
  void follow(const std::vector<ResolvedName>& found, probes::Prober& prober) {
    const std::vector<NamedAddress> old = targets_.found;
    if (!follow_names(found, targets_.found)) return;
    settings_.targets.clear();
    for (const NamedAddress& target : targets_.found) {
      settings_.targets.push_back({.name = target.name, .prefixes = {}, .addresses = {target.address}});
      if (live_) live_->board().set_address(target.name, target.address);
      const bool silent = live_ || options_.common.json || options_.quiet;
      if (silent || std::find(old.begin(), old.end(), target) != old.end()) continue;
      std::cout << target.name << "  is now " << to_string(target.address) << std::endl;
    }
    reconfigure(prober);
  }

  // A paused ping sends nothing.
  void show(probes::Prober& prober) {
    live_->turn(net::monotonic_now());
    if (settings_.ping.enabled != live_->paused()) return;
    settings_.ping.enabled = !live_->paused();
    reconfigure(prober);
  }

  void reconfigure(probes::Prober& prober) {
    if (const auto done = prober.reconfigure(settings_, net::monotonic_now()); !done) fail(to_string(done.error()));
  }

  // What is left to say, and whether every target answered.
  int finish() {
    bool all_answered = targets_.complete;
    for (auto& [name, record] : records_) {
      all_answered = all_answered && record.answered() > 0;
      if (record.sent == 0) continue;
      if (!options_.common.json) {
        std::cout << ping_summary(record) << '\n';
      } else if (!options_.is_endless()) {
        std::cout << formats::to_atlas_json(record.series) << '\n';
      }
    }
    return all_answered ? kSuccess : kFailure;
  }

  const PingOptions& options_;
  OneShotTargets targets_;
  probes::ProberSettings settings_;
  Records records_;
  std::size_t missing_{0};
  std::unique_ptr<PingLive> live_;
};

}  // namespace

int run_ping(const PingOptions& options, OneShotTargets targets, probes::ProberSettings settings, net::PacketIo& io,
             probes::Prober& prober, std::unique_ptr<PingLive> live) {
  return PingRun(options, std::move(targets), std::move(settings)).run(io, prober, std::move(live));
}

}  // namespace isthmus::app
