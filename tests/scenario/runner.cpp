#include "scenario/runner.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::scenario {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text.empty() ? "nothing" : text;
}

}  // namespace

std::string event_key(const Event& event) {
  std::string key = to_string(event.kind);
  if (event.block) key += " " + to_string(*event.block);
  if (!event.upstream.is_none()) key += " " + to_string(event.upstream);
  if (!event.vantage.empty()) key += " " + event.vantage;
  return key;
}

Runner::Runner(const Scenario& scenario, unsigned seed) : scenario_(scenario), world_(scenario, seed) {
  ip2as::PrefixTableBuilder builder;
  for (const PrefixSpec& spec : scenario.prefixes) builder.add(spec.prefix, spec.asn, spec.name);
  auto known = std::make_shared<ip2as::NetworkData>();
  known->prefixes = std::move(builder).build();
  data_ = std::move(known);

  resilience::TargetSettings target;
  target.network = {.name = scenario.target,
                    .asn = scenario.target_asn,
                    .prefixes = {scenario.target_prefix},
                    .known_providers = scenario.expected_upstreams};
  for (const BlockSpec& block : scenario.blocks) target.blocks.push_back(block.block);
  settings_.targets.push_back(target);
  for (const VantageSpec& vantage : scenario.vantages) settings_.vantages.push_back({vantage.name, vantage.asn});
  settings_.controls = scenario.controls;
  settings_.ping_interval = scenario.ping_interval;
  settings_.ping_timeout = std::chrono::seconds(1);
  settings_.trace_interval = scenario.trace_interval;
  core_ = std::make_unique<resilience::Core>(settings_, data_, resilience::Baseline{});
}

void Runner::plan(Timestamp at, std::function<void(Timestamp)> run) {
  jobs_.push(Job{.at = at, .number = planned_++, .run = std::move(run)});
}

void Runner::repeat(Timestamp at, Duration interval, const std::function<void(Timestamp)>& run) {
  plan(at, [this, interval, run](Timestamp now) {
    run(now);
    repeat(now + interval, interval, run);
  });
}

void Runner::with_core(Timestamp now, const std::function<void()>& use) {
  if (core_ == nullptr || now < asleep_until_) return;
  use();
  take_events(now);
  take_retraces(now);
}

void Runner::deliver(World::Measured measured) {
  if (silent_.contains(vantage_of(measured.observation))) return;
  plan(measured.known, [this, observation = std::move(measured.observation)](Timestamp now) {
    with_core(now, [&] { core_->handle_observation(observation, now); });
    ++observations_;
  });
}

void Runner::plan_pings() {
  const auto phase = [&] {
    return scenario_.begin +
           Duration(static_cast<Duration::rep>(world_.random() * static_cast<double>(scenario_.ping_interval.count())));
  };
  for (const VantageSpec& vantage : scenario_.vantages) {
    for (const BlockSpec& block : scenario_.blocks) {
      for (const IpAddress& host : block.hosts) {
        repeat(phase(), scenario_.ping_interval,
               [this, &vantage, host](Timestamp now) { deliver(world_.ping(vantage, scenario_.target, host, now)); });
      }
    }
    for (const IpAddress& control : scenario_.controls) {
      repeat(phase(), scenario_.ping_interval,
             [this, &vantage, control](Timestamp now) { deliver(world_.ping(vantage, {}, control, now)); });
    }
  }
}

void Runner::plan_traces() {
  for (const VantageSpec& vantage : scenario_.vantages) {
    for (const BlockSpec& block : scenario_.blocks) {
      const auto phase =
          static_cast<Duration::rep>(world_.random() * static_cast<double>(scenario_.trace_interval.count()));
      repeat(scenario_.begin + Duration(phase), scenario_.trace_interval, [this, &vantage, &block](Timestamp now) {
        measure_trace(vantage, block, block.hosts.empty() ? block.block.prefix.address() : block.hosts.front(), now);
      });
    }
  }
}

void Runner::measure_trace(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address,
                           Timestamp now) {
  for (int flow = 0; flow < scenario_.flows; ++flow) {
    plan(now + flow * std::chrono::milliseconds(15), [this, &vantage, &block, address, flow](Timestamp at) {
      deliver(world_.trace(vantage, block, address, FlowId{static_cast<std::uint16_t>(flow)}, at));
    });
  }
}

void Runner::take_retraces(Timestamp now) {
  while (const auto request = core_->poll_retrace()) {
    for (const VantageSpec& vantage : scenario_.vantages) {
      if (!request->vantage.empty() && request->vantage != vantage.name) continue;
      for (const BlockSpec& block : scenario_.blocks) {
        if (block.block == Block::of(request->address)) measure_trace(vantage, block, request->address, now);
      }
    }
  }
}

void Runner::take_events(Timestamp now) {
  while (auto event = core_->poll_event()) {
    if (cause_ == nullptr) {
      complain(0, "before the first cause: " + event_key(*event) + " (" + event->evidence.summary + ")");
    } else if (now - cause_at_ > cause_->within) {
      complain(cause_->line, event_key(*event) + " came " + to_string(now - cause_at_) + " after the cause");
    }
    if (cause_ != nullptr) slowest_ = std::max(slowest_, now - cause_at_);
    events_.push_back(std::move(*event));
  }
}

void Runner::act(const Words& action, Timestamp now) {
  const std::vector<std::string>& words = action.words;
  if (words[0] == "restart") {
    saved_ = core_->baseline();
    core_.reset();
    plan(now + parse_duration(words.at(1)).value(),
         [this](Timestamp) { core_ = std::make_unique<resilience::Core>(settings_, data_, saved_); });
  } else if (words[0] == "after") {
    const Words later{.line = action.line, .words = {words.begin() + 2, words.end()}};
    plan(now + parse_duration(words.at(1)).value(), [this, later](Timestamp then) { act(later, then); });
  } else if (words[0] == "sleep") {
    asleep_until_ = now + parse_duration(words.at(1)).value();
  } else if (words[0] == "silence") {
    silent_.insert(words.at(1));
  } else if (words[0] == "speak") {
    silent_.erase(words.at(1));
  } else {
    world_.apply(action, now, false);
  }
}

void Runner::begin(std::size_t cause, Timestamp now) {
  check(now);
  cause_ = &scenario_.causes[cause];
  cause_at_ = now;
  for (const Words& action : cause_->actions) act(action, now);
}

void Runner::complain(int line, const std::string& what) {
  complaints_.push_back("line " + std::to_string(line) + ": " + what);
}

// Compares what was raised since the last cause with what should have been.
void Runner::check(Timestamp now) {
  if (cause_ == nullptr) return;
  std::vector<std::string> raised;
  for (; checked_ < events_.size(); ++checked_) raised.push_back(event_key(events_[checked_]));
  std::sort(raised.begin(), raised.end());
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  const std::vector<std::string>& wanted = cause_->expected;
  std::set_difference(wanted.begin(), wanted.end(), raised.begin(), raised.end(), std::back_inserter(missing));
  std::set_difference(raised.begin(), raised.end(), wanted.begin(), wanted.end(), std::back_inserter(extra));
  if (!missing.empty()) complain(cause_->line, cause_->title + ": missing " + join(missing));
  if (!extra.empty()) complain(cause_->line, cause_->title + ": should not be: " + join(extra));
  if (cause_->states.empty()) return;
  const resilience::Snapshot snapshot = core_->snapshot(now);
  for (const Words& wanted_state : cause_->states) check_state(wanted_state, snapshot);
}

void Runner::check_state(const Words& wanted, const resilience::Snapshot& snapshot) {
  const resilience::TargetView& target = snapshot.targets.at(0);
  std::string is = to_string(target.state);
  const std::string& subject = wanted.words.at(1);
  if (wanted.words[0] == "upstreams") {
    is = std::to_string(target.upstream_count);
  } else if (subject != "target") {
    is = "absent";
    for (const auto& block : target.blocks) {
      if (to_string(block.block) == subject) is = to_string(block.state);
    }
    for (const auto& vantage : snapshot.vantages) {
      if (vantage.name == subject) is = to_string(vantage.state);
    }
  }
  if (is != wanted.words.back()) complain(wanted.line, subject + " is " + is + ", not " + wanted.words.back());
}

std::vector<std::string> Runner::run() {
  for (const Words& action : scenario_.start) world_.apply(action, scenario_.begin, true);
  plan_pings();
  plan_traces();
  for (std::size_t i = 0; i < scenario_.causes.size(); ++i) {
    plan(scenario_.begin + scenario_.causes[i].at, [this, i](Timestamp now) { begin(i, now); });
  }
  repeat(scenario_.begin, std::chrono::seconds(1),
         [this](Timestamp now) { with_core(now, [&] { core_->handle_tick(now); }); });
  const Timestamp end = scenario_.begin + scenario_.end;
  while (!jobs_.empty() && jobs_.top().at <= end) {
    const Job job = jobs_.top();
    jobs_.pop();
    job.run(job.at);
  }
  check(end);
  return complaints_;
}

}  // namespace isthmus::scenario
