// How outages of small, sparse, moving and sleeping blocks are found, and how often one is told that was none: the core
// in virtual time against blocks whose fate is known. Each round every vantage point probes one address of each block;
// after a miss the others, and then a control, until somebody answers. Prints a Markdown table.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <map>
#include <memory>

#include "bench/resilience/outage_world.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/resilience/core.hpp"

namespace isthmus::bench {
namespace {

constexpr std::size_t kAdaptiveProbes = 14;  // As many as Trinocular allows itself,
constexpr std::size_t kRecoveryProbes = 2;   // and what is enough for a block that is known to be silent.
constexpr Duration kAdaptivePause = std::chrono::seconds(3);
constexpr std::uint32_t kControls = 5;

IpAddress control_address(std::uint32_t number) { return IpAddress::v4(0xC0000201U + number % kControls); }

class Observers {
 public:
  Observers(const OutageSettings& settings, Timestamp start)
      : settings_(settings), start_(start), world_(settings, start), core_(core_settings(), data(), {}) {}

  void run() {
    const auto rounds = static_cast<std::uint64_t>(std::chrono::hours(24) * settings_.days / settings_.round);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      for (std::uint32_t v = 0; v < settings_.vantages; ++v) look_at_all(round, v);
    }
  }

  const OutageWorld& world() const { return world_; }
  const std::map<Block, std::vector<Span>>& told() const { return told_; }
  std::uint64_t observations() const { return observations_; }
  std::uint64_t probes() const { return probes_; }

 private:
  resilience::CoreSettings core_settings() const {
    resilience::CoreSettings core;
    resilience::TargetSettings target;
    target.network = {.name = "simulated",
                      .asn = Asn{64511},
                      .prefixes = {Prefix::parse("10.0.0.0/8").value()},
                      .known_providers = {Asn{64500}}};
    for (const SimulatedBlock& block : world_.blocks()) target.blocks.push_back(block.block);
    core.targets.push_back(std::move(target));
    for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
      core.vantages.push_back({OutageWorld::vantage_name(v), Asn{64600 + v}});
    }
    for (std::uint32_t c = 0; c < kControls; ++c) core.controls.push_back(control_address(c));
    core.ping_interval = settings_.round;
    core.ping_timeout = std::chrono::seconds(3);
    core.trace_interval = std::chrono::hours(6);
    return core;
  }
  static std::shared_ptr<const ip2as::NetworkData> data() {
    ip2as::PrefixTableBuilder builder;
    builder.add(Prefix::parse("203.0.113.0/24").value(), Asn{64500}, "Provider");
    builder.add(Prefix::parse("10.0.0.0/8").value(), Asn{64511}, "Simulated");
    auto known = std::make_shared<ip2as::NetworkData>();
    known->prefixes = std::move(builder).build();
    return known;
  }

  void look_at_all(std::uint64_t round, std::uint32_t v) {
    const Timestamp slot = start_ + settings_.round * round + settings_.round * v / settings_.vantages;
    const Duration step = settings_.round / (settings_.vantages * settings_.blocks);
    for (std::uint32_t c = 0; c < kControls; ++c) control(v, c, slot);
    for (std::size_t b = 0; b < world_.blocks().size(); ++b) look_at(v, b, round, slot + step * static_cast<int>(b));
    core_.handle_tick(now_);
    take(now_);
  }

  // One probe when all is well.
  void look_at(std::uint32_t v, std::size_t b, std::uint64_t round, Timestamp time) {
    const auto& hosts = world_.blocks()[b].hosts;
    if (round % 36 == b % 36) feed(world_.trace(v, b, hosts[round / 36 % hosts.size()], time));
    if (ping(v, b, hosts[round % hosts.size()], time)) return;
    const bool known = silent_[v * world_.blocks().size() + b];
    for (std::size_t i = 1; i <= (known ? kRecoveryProbes : kAdaptiveProbes); ++i) {
      time += kAdaptivePause;
      if (ping(v, b, hosts[(round + i) % hosts.size()], time)) return;
    }
    silent_[v * world_.blocks().size() + b] = true;
    control(v, static_cast<std::uint32_t>(round + b), time);
    take(time);
  }

  bool ping(std::uint32_t v, std::size_t b, const Host& host, Timestamp time) {
    const bool answers = world_.answers(v, b, host, time);
    feed_ping(v, "simulated", host.address, time, answers);
    if (answers) silent_[v * world_.blocks().size() + b] = false;
    return answers;
  }
  void control(std::uint32_t v, std::uint32_t number, Timestamp time) {
    feed_ping(v, "", control_address(number), time, !world_.is_blind(v, time) && !world_.lost());
  }
  void feed_ping(std::uint32_t v, const std::string& target, const IpAddress& address, Timestamp time, bool answers) {
    PingSeries series{.vantage = OutageWorld::vantage_name(v),
                      .target = target,
                      .source = {},
                      .address = address,
                      .outcomes = {{.sent = time, .outcome = TimedOut{}}}};
    if (answers) {
      Reply reply;
      reply.from = address;
      reply.kind = ReplyKind::echo_reply;
      reply.rtt = std::chrono::milliseconds(80);
      series.outcomes[0].outcome = reply;
    }
    ++probes_;
    feed(series);
  }
  void feed(const Observation& observation) {
    now_ = std::max(now_, time_of(observation));
    core_.handle_observation(observation, now_);
    ++observations_;
  }

  // Events, and traces that the core asks for.
  void take(Timestamp time) {
    while (const auto request = core_.poll_retrace()) {
      const std::size_t b = block_number(request->address);
      for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
        if (!request->vantage.empty() && request->vantage != OutageWorld::vantage_name(v)) continue;
        for (const Host& host : world_.blocks()[b].hosts) {
          if (host.address == request->address) feed(world_.trace(v, b, host, time));
        }
      }
    }
    while (const auto event = core_.poll_event()) {
      if (event->kind != EventKind::block_down && event->kind != EventKind::block_up) continue;
      // The snapshot tells since when it is so.
      const Timestamp since =
          core_.snapshot(now_).targets[0].blocks[block_number(event->block->prefix.address())].since;
      if (event->kind == EventKind::block_down) {
        told_[*event->block].push_back({since, Timestamp::max()});
      } else {
        told_[*event->block].back().end = since;
      }
    }
  }
  static std::size_t block_number(const IpAddress& address) { return (address.v4_value() >> 8) & 0xFFFF; }

  OutageSettings settings_;
  Timestamp start_;
  Timestamp now_{};
  OutageWorld world_;
  resilience::Core core_;
  std::vector<bool> silent_ = std::vector<bool>(settings_.vantages * settings_.blocks);
  std::map<Block, std::vector<Span>> told_;
  std::uint64_t observations_{0};
  std::uint64_t probes_{0};
};

struct Score {
  int blocks{0};
  int outages{0};
  int found{0};
  int in_time{0};  // Found, and both ends within half a round.
  int false_ones{0};
};

bool overlap(const Span& a, const Span& b) { return a.begin < b.end && b.begin < a.end; }

void judge(const SimulatedBlock& block, const std::vector<Span>& told, Duration round, Score& score) {
  ++score.blocks;
  for (const Span& outage : block.outages) {
    ++score.outages;
    if (std::ranges::none_of(told, [&](const Span& span) { return overlap(span, outage); })) {
      fmt::print(stderr, "missed: {}, {} hosts, {} to {}\n", to_string(block.block), block.hosts.size(),
                 to_rfc3339(outage.begin), to_rfc3339(outage.end));
    }
    for (const Span& span : told) {
      if (!overlap(span, outage)) continue;
      ++score.found;
      const bool begin = std::chrono::abs(span.begin - outage.begin) <= round / 2;
      // When everybody had left for the night in the meantime, nobody can tell when it ended.
      const bool end = std::chrono::abs(span.end - outage.end) <= round / 2 || !block.has_host(outage.end);
      score.in_time += begin && end ? 1 : 0;
      break;
    }
  }
  for (const Span& span : told) {
    const bool real = std::ranges::any_of(block.outages, [&](const Span& outage) { return overlap(span, outage); });
    score.false_ones += real ? 0 : 1;
  }
}

int run(const OutageSettings& settings) {
  const Timestamp start = parse_rfc3339("2026-01-01T00:00:00Z").value();
  Observers observers(settings, start);
  observers.run();
  const std::array<const char*, kHabits> names{"hosts that stay", "leave every evening", "answer now and then",
                                               "come and go within days", "a single host"};
  std::array<Score, kHabits> scores{};
  for (const SimulatedBlock& block : observers.world().blocks()) {
    const auto told = observers.told().find(block.block);
    judge(block, told == observers.told().end() ? std::vector<Span>{} : told->second, settings.round,
          scores[static_cast<std::size_t>(block.habit)]);
  }
  fmt::print("| blocks whose hosts | blocks | outages | found | ends within half a round | false |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  int false_ones = 0;
  for (std::size_t h = 0; h < kHabits; ++h) {
    const Score& s = scores[h];
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", names[h], s.blocks, s.outages, s.found, s.in_time, s.false_ones);
    false_ones += s.false_ones;
  }
  const double hours = settings.days * 24.0 * settings.blocks * settings.vantages;
  fmt::print("\n{} observations, {:.1f} probes an hour, block and vantage point, {} false outages\n",
             observers.observations(), static_cast<double>(observers.probes()) / hours, false_ones);
  return 0;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  isthmus::bench::OutageSettings settings;
  CLI::App app("Outages of blocks whose fate is known, found by the core in virtual time.\nExample: outages --days 30");
  app.add_option("--days", settings.days, "virtual days")->check(CLI::Range(3, 365));
  app.add_option("--blocks", settings.blocks, "")->check(CLI::Range(1, 65536));
  app.add_option("--vantages", settings.vantages, "")->check(CLI::Range(1, 100));
  app.add_option("--seed", settings.seed, "");
  CLI11_PARSE(app, argc, argv);
  return isthmus::bench::run(settings);
}
