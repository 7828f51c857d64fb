// How outages of small, sparse, moving and sleeping blocks are found, and how often one is told that was none: the
// core, and probers with their real ping engine and packets, in virtual time against blocks whose fate is known. Rounds
// ask one address of each block, and more after a miss or when the core asks. Prints a Markdown table.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <deque>
#include <map>
#include <memory>

#include "bench/resilience/outage_world.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/probes/prober.hpp"
#include "isthmus/resilience/core.hpp"
#include "support/packets.hpp"

namespace isthmus::bench {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(3);
constexpr Duration kTurn = std::chrono::milliseconds(20);  // As the loop of a vantage point, and not more often.
constexpr Duration kRtt = std::chrono::milliseconds(80);
const IpAddress kSource = IpAddress::v4(0xC6336401);
constexpr std::uint32_t kControls = 5;

IpAddress control_address(std::uint32_t number) { return IpAddress::v4(0xC0000201U + number % kControls); }

/// A prober with its real engine and wire format, and the answers that are on their way to it.
struct Eye {
  probes::Prober prober;
  std::deque<std::pair<Instant, support::Packet>> arriving;
  Instant due{};  // When there is something to do for it.
};

class Observers {
 public:
  Observers(const OutageSettings& settings, Timestamp start)
      : settings_(settings), start_(start), world_(settings, start), core_(core_settings(), data(), {}) {
    for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
      eyes_.push_back(
          {probes::Prober::create(prober_settings(v), [](const IpAddress&) { return kSource; }).value(), {}, {}});
    }
  }

  void run() {
    const Instant end = at(start_ + std::chrono::hours(24) * settings_.days);
    Instant next_traces{};
    Instant next_report{};
    for (Instant now{}; now < end;) {
      for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
        if (eyes_[v].due <= now) turn(v, now);
      }
      if (now >= next_traces) {
        trace_some(static_cast<std::uint64_t>(now.time_since_epoch() / settings_.round), now);
        next_traces = now + settings_.round;
      }
      if (now >= next_report) {
        for (const Eye& eye : eyes_) core_.handle_report(eye.prober.report(now, wall(now)), wall(now));
        next_report = now + std::chrono::seconds(10);
      }
      if (core_.next_deadline() <= wall(now)) core_.handle_tick(wall(now));
      take(now);
      now = std::min({next(now), next_traces, next_report});
    }
  }

  const OutageWorld& world() const { return world_; }
  const std::map<Block, std::vector<Span>>& told() const { return told_; }
  std::uint64_t observations() const { return observations_; }
  std::uint64_t probes() const {
    std::uint64_t sum = 0;
    for (const Eye& eye : eyes_) {
      for (const auto& sent : eye.prober.report(Instant{}, start_).sent) sum += sent.probes;
    }
    return sum;
  }

 private:
  Timestamp wall(Instant now) const { return start_ + now.time_since_epoch(); }
  Instant at(Timestamp time) const { return Instant(time - start_); }

  probes::ProberSettings prober_settings(std::uint32_t v) const {
    probes::ProberSettings prober;
    prober.vantage = OutageWorld::vantage_name(v);
    prober.targets = {{"simulated", {}, {}}};
    for (const SimulatedBlock& block : world_.blocks()) {
      for (const Host& host : block.hosts) prober.targets[0].addresses.push_back(host.address);
    }
    for (std::uint32_t c = 0; c < kControls; ++c) prober.controls.push_back(control_address(c));
    prober.rate_limit = 1000;
    prober.ping.interval = settings_.round;
    prober.ping.timeout = kTimeout;
    prober.ping.rotate = true;
    prober.trace.enabled = false;
    prober.discovery.enabled = false;
    prober.key_seed.fill(static_cast<std::byte>(v + 1));
    return prober;
  }
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
    core.ping_timeout = kTimeout;
    core.pings_rotate = true;
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

  // What one vantage point does at a moment: hears, gives up, sends, tells.
  void turn(std::uint32_t v, Instant now) {
    Eye& eye = eyes_[v];
    for (; !eye.arriving.empty() && eye.arriving.front().first <= now; eye.arriving.pop_front()) {
      eye.prober.handle_packet(eye.arriving.front().second, eye.arriving.front().first);
    }
    eye.prober.handle_timeout(now);
    while (auto packet = eye.prober.poll_packet(now, wall(now))) {
      if (!answers(v, packet->destination, wall(now))) continue;
      const support::Packet probe(packet->bytes.begin(), packet->bytes.end());
      eye.arriving.emplace_back(now + kRtt, support::make_echo_reply(probe));
    }
    while (auto observation = eye.prober.poll_observation()) feed(*observation, now);
    eye.due = eye.prober.next_deadline();
    if (!eye.arriving.empty()) eye.due = std::min(eye.due, eye.arriving.front().first);
  }
  bool answers(std::uint32_t v, const IpAddress& to, Timestamp time) {
    const std::size_t number = block_number(to);
    if (to.v4_value() >> 24 != 10) return !world_.is_blind(v, time) && !world_.lost();
    for (const Host& host : world_.blocks()[number].hosts) {
      if (host.address == to) return world_.answers(v, number, host, time);
    }
    return false;
  }
  Instant next(Instant now) const {
    const Timestamp core = core_.next_deadline();
    Instant soonest = core == Timestamp::max() ? Instant::max() : at(core);
    for (const Eye& eye : eyes_) soonest = std::min(soonest, eye.due);
    return std::max(soonest, now + kTurn);
  }
  // Each block once in six hours, by everybody.
  void trace_some(std::uint64_t round, Instant now) {
    for (std::size_t b = round % 36; b < world_.blocks().size(); b += 36) {
      const auto& hosts = world_.blocks()[b].hosts;
      for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
        feed(world_.trace(v, b, hosts[round / 36 % hosts.size()], wall(now)), now);
      }
    }
  }
  void feed(const Observation& observation, Instant now) {
    core_.handle_observation(observation, wall(now));
    ++observations_;
  }

  // Events, and what the core asks for.
  void take(Instant now) {
    while (const auto request = core_.poll_retrace()) {
      const std::size_t b = block_number(request->address);
      for (std::uint32_t v = 0; v < settings_.vantages; ++v) {
        if (!request->vantage.empty() && request->vantage != OutageWorld::vantage_name(v)) continue;
        for (const Host& host : world_.blocks()[b].hosts) {
          if (host.address == request->address) feed(world_.trace(v, b, host, wall(now)), now);
        }
      }
    }
    while (const auto request = core_.poll_ping_request()) {
      for (Eye& eye : eyes_) {
        eye.prober.ping_now(request->target, request->block, request->answers, now);
        eye.due = now;
      }
    }
    while (const auto event = core_.poll_event()) {
      if (event->kind != EventKind::block_down && event->kind != EventKind::block_up) continue;
      // The snapshot tells since when it is so.
      const Timestamp since =
          core_.snapshot(wall(now)).targets[0].blocks[block_number(event->block->prefix.address())].since;
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
  OutageWorld world_;
  resilience::Core core_;
  std::vector<Eye> eyes_;
  std::map<Block, std::vector<Span>> told_;
  std::uint64_t observations_{0};
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
