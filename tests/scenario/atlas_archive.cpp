#include "scenario/atlas_archive.hpp"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include "formats/json_writer.hpp"
#include "scenario/atlas_result.hpp"
#include "scenario/world.hpp"

namespace isthmus::scenario {
namespace {

// Results wait on their probe for so long at most before they are reported.
constexpr std::chrono::seconds kLongestWait{120};

class Recorder {
 public:
  Recorder(const Scenario& scenario, unsigned seed, std::ostream& pings, std::ostream& traces)
      : scenario_(scenario), world_(scenario, seed), pings_(pings), traces_(traces) {}
  void run();

 private:
  // What one probe sends to one address; a trace has a block.
  struct Stream {
    Timestamp next;
    std::size_t vantage;
    IpAddress address;
    const BlockSpec* block;
    std::uint16_t round;
    bool to_target;
  };
  struct Stored {
    Timestamp at;
    std::string line;
    bool operator>(const Stored& other) const { return std::tie(at, line) > std::tie(other.at, other.line); }
  };
  using Archive = std::priority_queue<Stored, std::vector<Stored>, std::greater<>>;

  void plan();
  void add(std::size_t vantage, const IpAddress& address, const BlockSpec* block, bool to_target, Duration interval);
  void act_until(Timestamp now);
  void measure(const Stream& stream);
  static void flush(Archive& archive, std::ostream& out, Timestamp now);

  const Scenario& scenario_;
  World world_;
  std::ostream& pings_;
  std::ostream& traces_;
  std::vector<Stream> streams_;  // A heap, the next one on top.
  std::size_t done_causes_{0};
  std::set<std::string> silent_;
  Archive ping_archive_;
  Archive trace_archive_;
};

void Recorder::add(std::size_t vantage, const IpAddress& address, const BlockSpec* block, bool to_target,
                   Duration interval) {
  // RIPE Atlas starts measurements at whole seconds.
  const auto phase = std::chrono::seconds(static_cast<std::int64_t>(world_.random() * to_seconds(interval)));
  streams_.push_back({scenario_.begin + phase, vantage, address, block, 0, to_target});
}

void Recorder::plan() {
  for (std::size_t v = 0; v < scenario_.vantages.size(); ++v) {
    for (const BlockSpec& block : scenario_.blocks) {
      for (const IpAddress& host : block.hosts) add(v, host, nullptr, true, scenario_.ping_interval);
      add(v, block.hosts.empty() ? block.block.prefix.address() : block.hosts.front(), &block, true,
          scenario_.trace_interval);
    }
    for (const IpAddress& control : scenario_.controls) add(v, control, nullptr, false, scenario_.ping_interval);
  }
}

void Recorder::act_until(Timestamp now) {
  for (; done_causes_ < scenario_.causes.size(); ++done_causes_) {
    const Cause& cause = scenario_.causes[done_causes_];
    const Timestamp at = scenario_.begin + cause.at;
    if (at > now) return;
    for (const Words& action : cause.actions) {
      if (action.words[0] == "silence") {
        silent_.insert(action.words.at(1));
      } else if (action.words[0] == "speak") {
        silent_.erase(action.words.at(1));
      } else {
        world_.apply(action, at, false);
      }
    }
  }
}

void Recorder::measure(const Stream& stream) {
  const VantageSpec& vantage = scenario_.vantages[stream.vantage];
  const auto flow = static_cast<std::uint16_t>(stream.round % scenario_.flows);
  const World::Measured measured =
      stream.block == nullptr
          ? world_.ping(vantage, stream.to_target ? scenario_.target : std::string(), stream.address, stream.next)
          : world_.trace(vantage, *stream.block, stream.address, FlowId{flow}, stream.next);
  if (silent_.contains(vantage.name)) return;
  const auto wait = std::chrono::seconds(static_cast<std::int64_t>(world_.random() * (kLongestWait.count() + 1)));
  const AtlasProbe probe{.id = probe_of(stream.vantage),
                         .address = IpAddress::v4(vantage.routers.front().v4_value() + 9)};
  const Timestamp stored = measured.known + wait;
  (stream.block == nullptr ? ping_archive_ : trace_archive_)
      .push({stored, atlas_result(measured.observation, probe, stored)});
}

void Recorder::flush(Archive& archive, std::ostream& out, Timestamp now) {
  for (; !archive.empty() && archive.top().at <= now; archive.pop()) out << archive.top().line << '\n';
}

void Recorder::run() {
  for (const Words& action : scenario_.start) world_.apply(action, scenario_.begin, true);
  plan();
  const auto later = [](const Stream& a, const Stream& b) {
    return std::tie(a.next, a.vantage, a.address) > std::tie(b.next, b.vantage, b.address);
  };
  std::ranges::make_heap(streams_, later);
  const Timestamp end = scenario_.begin + scenario_.end;
  while (!streams_.empty() && streams_.front().next <= end) {
    std::ranges::pop_heap(streams_, later);
    Stream& stream = streams_.back();
    act_until(stream.next);
    measure(stream);
    flush(ping_archive_, pings_, stream.next);
    flush(trace_archive_, traces_, stream.next);
    ++stream.round;
    stream.next += stream.block == nullptr ? scenario_.ping_interval : scenario_.trace_interval;
    std::ranges::push_heap(streams_, later);
  }
  flush(ping_archive_, pings_, Timestamp::max());
  flush(trace_archive_, traces_, Timestamp::max());
}

}  // namespace

std::uint32_t probe_of(std::size_t vantage) { return 6001 + static_cast<std::uint32_t>(vantage); }

void write_atlas_archive(const Scenario& scenario, unsigned seed, std::ostream& pings, std::ostream& traces) {
  Recorder(scenario, seed, pings, traces).run();
}

std::string replay_config(const Scenario& scenario, const std::string& prefix_file) {
  std::string text = "vantages:\n";
  for (std::size_t v = 0; v < scenario.vantages.size(); ++v) {
    text += "  - {name: " + scenario.vantages[v].name + ", asn: " + to_string(scenario.vantages[v].asn) +
            ", netns: not-here-" + scenario.vantages[v].name + ", atlas_probe: " + std::to_string(probe_of(v)) + "}\n";
  }
  text += "targets:\n  - name: " + scenario.target + "\n    asn: " + to_string(scenario.target_asn) +
          "\n    prefixes: [" + to_string(scenario.target_prefix) + "]\n    expected_upstreams: [";
  for (const Asn upstream : scenario.expected_upstreams) text += to_string(upstream) + ", ";
  text += "]\ncontrols: [";
  for (const IpAddress& control : scenario.controls) text += to_string(control) + ", ";
  return text + "]\nprobing: {rate_limit: 100}\nip2as: {prefixes: [" + prefix_file + "]}\n";
}

std::string prefix_csv(const Scenario& scenario) {
  std::string text;
  for (const PrefixSpec& spec : scenario.prefixes) {
    const std::uint32_t first = spec.prefix.address().v4_value();
    const IpAddress last = IpAddress::v4(first + (0xffffffffU >> static_cast<unsigned>(spec.prefix.length())));
    text +=
        to_string(spec.prefix.address()) + "," + to_string(last) + "," + to_string(spec.asn) + "," + spec.name + "\n";
  }
  return text;
}

std::string truth_json(const Scenario& scenario) {
  formats::JsonWriter json;
  json.begin_object().field("ping_interval", to_seconds(scenario.ping_interval));
  json.field("trace_interval", to_seconds(scenario.trace_interval)).key("causes").begin_array();
  for (const Cause& cause : scenario.causes) {
    json.begin_object().field("time", to_rfc3339(scenario.begin + cause.at)).field("title", cause.title);
    json.field("within", to_seconds(cause.within)).key("expected").begin_array();
    for (const std::string& expected : cause.expected) json.value(expected);
    json.end_array().end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace isthmus::scenario
