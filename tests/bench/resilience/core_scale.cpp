// What the core costs at the size it is built for: 100,000 blocks from 10 vantage points, two flows traced and one or
// two addresses pinged in each. Prints memory, the time of an observation, of a snapshot at two rates of observations,
// and of everything that makes the core's thread pause. One thread, virtual time; a run takes about a minute.
// Times are processor time of the thread, so that neighbours on the machine do not count.

#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/resilience/core.hpp"

namespace isthmus::bench {
namespace {

using resilience::Core;
using resilience::CoreSettings;
using resilience::Snapshot;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kUpstreams = 3;
constexpr std::uint32_t kHops = 12;
constexpr std::uint32_t kBackbone = 20'000;  // Routers on the way.
constexpr double kLoss = 0.02;

struct Size {
  std::uint32_t blocks{100'000};
  std::uint32_t targets{1'000};
  std::uint32_t vantages{10};
  std::uint32_t flows{2};
};

IpAddress address(std::uint32_t block, std::uint32_t host) { return IpAddress::v4(0x52000000U + (block << 8) + host); }
IpAddress router(std::uint32_t number) { return IpAddress::v4(0x50000000U + number); }
IpAddress border(std::uint32_t upstream, std::uint32_t number) {
  return IpAddress::v4(0x51000000U + (upstream << 10) + number % 1024);
}
const IpAddress kControl = IpAddress::v4(0xC0000201U);

std::shared_ptr<const ip2as::NetworkData> make_data() {
  ip2as::PrefixTableBuilder builder;
  builder.add(Prefix(router(0), 12), Asn{64400}, "Backbone");
  for (std::uint32_t u = 0; u < kUpstreams; ++u) {
    builder.add(Prefix(border(u, 0), 22), Asn{64500 + u}, fmt::format("Upstream Provider Number {}", u));
  }
  auto known = std::make_shared<ip2as::NetworkData>();
  known->prefixes = std::move(builder).build();
  return known;
}

std::uint32_t target_of(const Size& size, std::uint32_t block) { return block % size.targets; }

CoreSettings settings(const Size& size) {
  CoreSettings made;
  made.targets.resize(size.targets);
  for (std::uint32_t t = 0; t < size.targets; ++t) {
    made.targets[t].network = {.name = fmt::format("target-{}", t), .asn = Asn{70'000 + t}, .prefixes = {}};
    for (std::uint32_t u = 0; u < kUpstreams; ++u) made.targets[t].network.known_providers.push_back(Asn{64500 + u});
  }
  for (std::uint32_t b = 0; b < size.blocks; ++b) {
    auto& target = made.targets[target_of(size, b)];
    target.blocks.push_back(Block::of(address(b, 0)));
    target.network.prefixes.push_back(target.blocks.back().prefix);
  }
  for (std::uint32_t v = 0; v < size.vantages; ++v) made.vantages.push_back({fmt::format("vp-{}", v), Asn{64600 + v}});
  made.controls = {kControl};
  made.ping_interval = seconds(600);
  made.trace_interval = seconds(3600);
  return made;
}

double megabytes_resident() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// What asking for the time costs by itself.
double clock_cost() {
  constexpr int kCalls = 100'000;
  const double before = processor_seconds();
  for (int i = 0; i < kCalls; ++i) static_cast<void>(processor_seconds());
  return (processor_seconds() - before) / (kCalls + 1);
}

template <typename Work>
double seconds_of(const Work& work) {
  static const double cost = clock_cost();
  const double before = processor_seconds();
  work();
  return std::max(0.0, processor_seconds() - before - cost);
}

// Durations of many calls of one kind.
struct Times {
  std::vector<double> all{};
  void add(double each) { all.push_back(each); }
  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double each : all) sum += each;
    return sum / static_cast<double>(all.size());
  }
  [[nodiscard]] double quantile(double part) {
    std::ranges::sort(all);
    return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
  }
};

class World {
 public:
  explicit World(const Size& size) : size_(size), data_(make_data()), core_(settings(size), data_, {}) {
    for (std::uint32_t t = 0; t < size.targets; ++t) names_.push_back(fmt::format("target-{}", t));
  }

  // A share of all addresses, or paths, in an order that jumps from target to target and from block to block.
  void pings(std::uint64_t count, Times& times) {
    for (; count > 0; --count) {
      const std::uint64_t at = next_ping_++ % (std::uint64_t{size_.blocks} * size_.vantages);
      const auto block = static_cast<std::uint32_t>(at / size_.vantages * 7919 % size_.blocks);
      const auto vantage = static_cast<std::uint32_t>(at % size_.vantages);
      for (std::uint32_t host = 1; host <= 1 + block % 2; ++host) ping(vantage, block, host, times);
    }
  }
  void traces(std::uint64_t count, double moved, Times& times) {
    const std::uint64_t flows = std::uint64_t{size_.vantages} * size_.flows;
    for (; count > 0; --count) {
      const std::uint64_t at = next_trace_++ % (size_.blocks * flows);
      const auto block = static_cast<std::uint32_t>(at / flows * 7919 % size_.blocks);
      const auto vantage = static_cast<std::uint32_t>(at % flows / size_.flows);
      trace(vantage, block, static_cast<std::uint16_t>(at % size_.flows), chance_(random_) < moved, times);
    }
  }
  // Every vantage point's controls, without which nobody is believed.
  Times controls(bool first_answers = true) {
    Times times;
    for (std::uint32_t v = 0; v < size_.vantages; ++v) {
      times.add(observe(series(v, "", kControl, v > 0 || first_answers)));
    }
    return times;
  }
  Times round() {
    Times times;
    controls();
    pings(std::uint64_t{size_.blocks} * size_.vantages, times);
    return times;
  }
  Times trace_round(double moved) {
    Times times;
    traces(std::uint64_t{size_.blocks} * size_.vantages * size_.flows, moved, times);
    return times;
  }
  void tick() {
    core_.handle_tick(now_);
    while (core_.poll_event()) ++events_;
    while (core_.poll_retrace()) continue;
  }
  double snapshot() {
    return seconds_of(
        [&] { snapshot_ = std::make_shared<const Snapshot>(core_.snapshot(now_, resilience::Effort::little)); });
  }

  void wait(Duration duration) { now_ += duration; }
  [[nodiscard]] Core& core() { return core_; }
  [[nodiscard]] const std::shared_ptr<const ip2as::NetworkData>& data() const { return data_; }
  // Whether what is measured is what should be: reachable targets with several upstreams, hardly anything unknown.
  void check() const {
    for (const resilience::TargetView& target : snapshot_->targets) {
      if (target.state == State::up && target.unknown_share < 0.1 && target.upstream_count >= 2) continue;
      throw std::runtime_error(fmt::format("{} is {}, unknown {}, upstreams {}", target.name, to_string(target.state),
                                           target.unknown_share, target.upstream_count));
    }
  }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  PingSeries series(std::uint32_t vantage, const std::string& target, const IpAddress& to, bool answers) {
    PingSeries made;
    made.vantage = fmt::format("vp-{}", vantage);
    made.target = target;
    made.address = to;
    made.outcomes.push_back({.sent = now_ - milliseconds(200), .outcome = TimedOut{}});
    if (answers) {
      made.outcomes.back().outcome =
          Reply{.from = to, .kind = ReplyKind::echo_reply, .rtt = milliseconds(20 + vantage * 17), .ttl = 52};
    }
    return made;
  }
  void ping(std::uint32_t vantage, std::uint32_t block, std::uint32_t host, Times& times) {
    times.add(
        observe(series(vantage, names_[target_of(size_, block)], address(block, host), chance_(random_) >= kLoss)));
  }
  void trace(std::uint32_t vantage, std::uint32_t block, std::uint16_t flow, bool moved, Times& times) {
    Trace made;
    made.vantage = fmt::format("vp-{}", vantage);
    made.target = names_[target_of(size_, block)];
    made.source = IpAddress::v4(0xC0000300U + vantage);
    made.destination = address(block, 1);
    made.flow = FlowId{flow};
    made.started = now_ - milliseconds(900);
    made.ended = now_;
    made.stop = StopReason::reached;
    const std::uint32_t upstream = (block + vantage % 2 + (moved ? 1 : 0)) % kUpstreams;
    for (std::uint32_t hop = 1; hop <= kHops; ++hop) {
      Reply reply{.from = router((block * 31 + vantage * 977 + hop * 131 + flow) % kBackbone),
                  .kind = ReplyKind::time_exceeded,
                  .icmp_type = 11,
                  .rtt = std::chrono::microseconds(900 * hop + block % 800),
                  .ttl = static_cast<Ttl>(255 - hop),
                  .quoted_ttl = Ttl{1},
                  .size = 56,
                  .quoted_tos = std::uint8_t{0},
                  .ip_id = static_cast<std::uint16_t>(block * 7 + hop)};
      if (hop == kHops - 1) reply.from = border(upstream, block);
      if (hop == kHops) reply.from = made.destination, reply.kind = ReplyKind::unreachable, reply.icmp_code = 3;
      made.hops.push_back({.ttl = static_cast<Ttl>(hop), .outcomes = {reply}});
    }
    times.add(observe(std::move(made)));
  }
  double observe(Observation observation) {
    return seconds_of([&] { core_.handle_observation(observation, now_); });
  }

  Size size_;
  std::shared_ptr<const ip2as::NetworkData> data_;
  Core core_;
  std::vector<std::string> names_;
  std::shared_ptr<const Snapshot> snapshot_;
  Timestamp now_{std::chrono::hours(24 * 365 * 50)};
  std::uint64_t next_ping_{0};
  std::uint64_t next_trace_{0};
  std::uint64_t events_{0};
  std::mt19937_64 random_{5};
  std::uniform_real_distribution<double> chance_{0, 1};
};

// Snapshots of `count` seconds, with so many observations in each.
Times publish(World& world, int count, std::uint64_t pings, std::uint64_t traces, Times& ping, Times& trace) {
  Times snapshots;
  for (int i = 0; i < count; ++i) {
    world.wait(seconds(1));
    if (i % 30 == 0) world.controls();
    world.pings(pings, ping);
    world.traces(traces, 0.01, trace);
    world.tick();
    snapshots.add(world.snapshot());
  }
  return snapshots;
}

void row(const std::string& what, const std::string& figure) { fmt::print("| {} | {} |\n", what, figure); }

std::string snapshot_figures(Times& times) {
  return fmt::format("median {:.1f} ms, max {:.1f} ms", 1e3 * times.quantile(0.5), 1e3 * times.quantile(1));
}

void run(const Size& size) {
  const double empty = megabytes_resident();
  std::unique_ptr<World> world;
  const double began = seconds_of([&] { world = std::make_unique<World>(size); });
  fmt::print("{} blocks in {} targets from {} vantage points, {} flows each\n\n| what | figure |\n|---|---|\n",
             size.blocks, size.targets, size.vantages, size.flows);
  row("start with nothing known", fmt::format("{:.2f} s", began));
  Times pings;
  Times traces;
  for (int round = 0; round < 3; ++round) {
    world->wait(seconds(600));
    pings = world->round();
    traces = world->trace_round(round == 2 ? 0.05 : 0);
    world->tick();
  }
  row("memory before the first snapshot", fmt::format("{:.0f} MiB", megabytes_resident() - empty));
  row("first snapshot", fmt::format("{:.0f} ms", 1e3 * world->snapshot()));
  row("a ping", fmt::format("mean {:.2f} us", 1e6 * pings.mean()));
  row("a trace", fmt::format("mean {:.2f} us, 99.9 % {:.0f} us, max {:.1f} ms", 1e6 * traces.mean(),
                             1e6 * traces.quantile(0.999), 1e3 * traces.quantile(1)));
  for (const auto& [ping_rate, trace_rate] : {std::pair<std::uint64_t, std::uint64_t>{1'700, 550}, {20'000, 2'000}}) {
    Times ping;
    Times trace;
    Times snapshots = publish(*world, 40, ping_rate, trace_rate, ping, trace);
    row(fmt::format("snapshot, {} pings and {} traces a second", ping.all.size() / 40, trace_rate),
        snapshot_figures(snapshots));
    row("the observations in between",
        fmt::format("ping {:.2f} us, trace {:.2f} us, worst {:.1f} ms", 1e6 * ping.mean(), 1e6 * trace.mean(),
                    1e3 * std::max(ping.quantile(1), trace.quantile(1))));
  }
  world->check();
  row("memory with two snapshots", fmt::format("{:.0f} MiB", megabytes_resident() - empty));

  for (const bool sees : {false, true}) {
    Times judged;
    Times after;
    for (int round = 0; round < 3; ++round) {
      world->wait(seconds(600));
      for (const double each : world->controls(sees).all) judged.add(each);
      after.add(seconds_of([&] { world->tick(); }));
    }
    row(sees ? "it sees again: worst control ping" : "a vantage point goes blind: worst control ping",
        fmt::format("{:.1f} ms, tick {:.1f} ms", 1e3 * judged.quantile(1), 1e3 * after.quantile(1)));
    Times ping;
    Times trace;
    Times snapshots = publish(*world, 30, 1'700, 550, ping, trace);
    row("the thirty snapshots after that", snapshot_figures(snapshots));
  }
  resilience::Baseline baseline;
  row("baseline()", fmt::format("{:.0f} ms", 1e3 * seconds_of([&] { baseline = world->core().baseline(); })));
  const CoreSettings again = settings(size);
  row("reconfigure() with the same settings and data",
      fmt::format("{:.0f} ms", 1e3 * seconds_of([&] { world->core().reconfigure(again, world->data()); })));
  row("reconfigure() with new data",
      fmt::format("{:.0f} ms", 1e3 * seconds_of([&] { world->core().reconfigure(again, make_data()); })));
  row("the snapshot after that", fmt::format("{:.0f} ms", 1e3 * world->snapshot()));
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  row("most memory at any time", fmt::format("{:.0f} MiB", static_cast<double>(usage.ru_maxrss) / 1024 - empty));
  row("events raised", std::to_string(world->events()));
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  CLI::App app{"What the core costs at the size it is built for.\nExample: core_scale --blocks 100000 --targets 1"};
  isthmus::bench::Size size;
  app.add_option("--blocks", size.blocks, "/24s, at most 131,072")
      ->check(CLI::Range(1U, 131'072U))
      ->capture_default_str();
  app.add_option("--targets", size.targets, "networks they belong to")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--vantages", size.vantages, "vantage points")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--flows", size.flows, "flows traced to each block")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  isthmus::bench::run(size);
}
