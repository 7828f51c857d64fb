#include "app/replay.hpp"

#include <algorithm>
#include <utility>

#include "app/wiring.hpp"

namespace isthmus::app {

resilience::CoreSettings replay_settings(const config::Config& config, const ReplayCadence& cadence) {
  resilience::CoreSettings settings = core_settings(config, {});
  settings.ping_interval = cadence.ping_interval;
  settings.trace_interval = cadence.trace_interval;
  // However the configuration probes, nobody looked at paths in between then, and nobody can be asked now.
  settings.sentinel_interval.reset();
  settings.pings_rotate = false;
  // Those of the archive take part, and no others: the configuration's own may not have been there then.
  settings.vantages.clear();
  return settings;
}

Replay::Replay(const config::Config& config, std::shared_ptr<const ip2as::NetworkData> data,
               const ReplayCadence& cadence)
    : data_(std::move(data)),
      settings_(replay_settings(config, cadence)),
      core_(settings_, data_, resilience::Baseline{}) {
  for (const config::VantageConfig& vantage : config.vantages) configured_.emplace(vantage.name, vantage.asn);
}

void Replay::take(const Observation& observation) {
  advance(time_of(observation));
  admit_vantage(observation);
  core_.handle_observation(observation, now_);
  ++taken_;
  // An archive cannot be asked for more.
  while (core_.poll_retrace()) {
  }
  // Nor is there a store for the history.
  static_cast<void>(core_.poll_path_changes());
}

// Deadlines in between come first, each at its own time.
void Replay::advance(Timestamp to) {
  if (to <= now_) return;
  for (Timestamp due = core_.next_deadline(); due < to; due = core_.next_deadline()) {
    now_ = std::max(now_, due);
    core_.handle_tick(now_);
    // What stays due after its tick waits for more than time.
    if (core_.next_deadline() <= due) break;
  }
  now_ = to;
}

void Replay::admit_vantage(const Observation& observation) {
  const std::string& name = vantage_of(observation);
  const auto [known, is_new] = known_.try_emplace(name, settings_.vantages.size());
  if (is_new) {
    settings_.vantages.push_back({.name = name, .asn = {}});
  } else if (!settings_.vantages[known->second].asn.is_none()) {
    return;
  }
  // The first AS that is known stays: a witness who changed sides would be two.
  Asn& asn = settings_.vantages[known->second].asn;
  asn = asn_of(name, observation);
  if (is_new || !asn.is_none()) core_.reconfigure(settings_, data_);
}

Asn Replay::asn_of(const std::string& vantage, const Observation& observation) const {
  if (const auto found = configured_.find(vantage); found != configured_.end()) return found->second;
  const auto of = [this](const auto& one) {
    const Asn seen = ip2as::annotate(*data_, one.seen_from).asn;
    return seen.is_none() ? ip2as::annotate(*data_, one.source).asn : seen;
  };
  return std::visit(of, observation);
}

std::optional<Event> Replay::poll_event() {
  auto event = core_.poll_event();
  if (event) event->id = ++events_;
  return event;
}

}  // namespace isthmus::app
