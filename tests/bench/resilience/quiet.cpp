// What the quiet default sends: the prober that a configuration file of 512 blocks and nothing else makes, in virtual
// time, against blocks of every habit. Prints a Markdown table. `build/tests/quiet [DAYS [SEED]]`.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "app/wiring.hpp"
#include "bench/resilience/outage_world.hpp"
#include "isthmus/config/load.hpp"
#include "support/prober_world.hpp"

namespace isthmus::bench {
namespace {

using namespace std::chrono_literals;
using support::PathSimulator;
using support::ProberWorld;

constexpr std::uint32_t kBlocks = 512;
constexpr std::uint32_t kHops = 11;

// From a file, as people would: what is measured are the defaults.
config::Config quiet_config() {
  const auto folder = std::filesystem::temp_directory_path() / ("isthmus-quiet-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "prefixes.csv") << "10.0.0.0,10.1.255.255,64500,Example\n";
  std::ofstream(folder / "isthmus.yaml") << "vantages: [{name: vp-0, asn: 64496}]\n"
                                            "targets: [{name: simulated, asn: 64500, prefixes: [10.0.0.0/15]}]\n"
                                            "controls: [192.0.2.1, 192.0.2.2]\n"
                                            "probing: {rate_limit: 20}\n"
                                            "ip2as: {prefixes: [prefixes.csv]}\n";
  const auto loaded = config::load((folder / "isthmus.yaml").string());
  std::filesystem::remove_all(folder);
  if (!loaded.config) throw std::runtime_error(to_string(loaded.problems.at(0)));
  return *loaded.config;
}

using Counts = std::map<std::string, std::uint64_t>;

class Run {
 public:
  Run(std::uint32_t days, std::uint32_t seed)
      : days_(days), seed_(seed), config_(quiet_config()), world_(prober_settings(), network_) {
    OutageSettings settings;
    settings.blocks = kBlocks;
    settings.vantages = 1;
    settings.days = days;
    settings.seed = seed;
    hosts_ = std::make_unique<OutageWorld>(settings, world_.wall());
    support::SimPath path{.prefix = Prefix::parse("10.0.0.0/15").value(), .routers = {}, .hosts = {}};
    for (std::uint32_t i = 1; i <= kHops; ++i) path.routers.push_back({.interfaces = {IpAddress::v4(0xC6336400U + i)}});
    for (const SimulatedBlock& block : hosts_->blocks()) {
      for (const Host& host : block.hosts) path.hosts.insert(host.address);
    }
    network_.add_path(path);
    path.prefix = Prefix::parse("192.0.2.0/24").value();
    path.hosts = {config_.controls.begin(), config_.controls.end()};
    network_.add_path(path);
    world_.meddle = [this](auto& replies) { std::erase_if(replies, [this](const auto& r) { return !arrives(r); }); };
  }

  void run() {
    fmt::print("| day | pings | traces | census | together |\n|---|---|---|---|---|\n");
    Counts week;
    for (std::uint32_t day = 1; day <= days_; ++day) {
      const Counts before = counts();
      for (int hour = 0; hour < 24; ++hour) run_an_hour(day > 1);
      Counts of_day = counts();
      for (auto& [engine, probes] : of_day) probes -= before.count(engine) > 0 ? before.at(engine) : 0;
      print(std::to_string(day), of_day, 24);
      if (day == 1) continue;
      for (const auto& [engine, probes] : of_day) week[engine] += probes;
    }
    if (days_ < 2) return;
    print("2 to " + std::to_string(days_), week, 24.0 * (days_ - 1));
    print_habits();
  }

 private:
  probes::ProberSettings prober_settings() const {
    wire::KeySeed seed{};
    seed.fill(static_cast<std::byte>(seed_));
    return app::prober_settings(config_, config_.vantages[0], seed);
  }

  // Routers and controls nearly always answer; a host does as its habit is.
  bool arrives(const support::SimReply& reply) {
    const Timestamp now = world_.wall();
    if (hosts_->is_blind(0, now) || hosts_->lost()) return false;
    const IpAddress from = support::dissect(reply.bytes).source;
    const std::size_t number = block_number(from);
    if (number >= kBlocks) return true;
    for (const Host& host : hosts_->blocks()[number].hosts) {
      if (host.address == from) return hosts_->answers(0, number, host, now);
    }
    return false;
  }
  static std::size_t block_number(const IpAddress& address) { return (address.v4_value() >> 8) - (0x0A000000U >> 8); }

  void run_an_hour(bool counted) {
    world_.run_for(1h);
    for (const auto& [at, packet] : network_.sent()) {
      const std::size_t number = block_number(packet.destination);
      if (counted && number < kBlocks) ++by_habit_[static_cast<std::size_t>(hosts_->blocks()[number].habit)];
    }
    network_.forget_sent();
    world_.observations.clear();
  }

  // Pings of controls left out: they are the vantage point's, not a block's.
  Counts counts() {
    Counts all;
    for (const auto& sent : world_.prober().report(world_.now(), world_.wall()).sent) all[sent.engine] += sent.probes;
    return all;
  }

  static void print(const std::string& name, const Counts& counts, double hours) {
    const auto rate = [&](const std::string& engine) {
      const auto found = counts.find(engine);
      return found == counts.end() ? 0 : static_cast<double>(found->second) / hours / kBlocks;
    };
    fmt::print("| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", name, rate("ping"), rate("traceroute"),
               rate("discovery"), rate("ping") + rate("traceroute") + rate("discovery"));
  }

  void print_habits() const {
    constexpr std::array<const char*, kHabits> kNames{"hosts that stay", "leave every evening", "answer now and then",
                                                      "come and go within days", "a single host"};
    std::array<double, kHabits> blocks{};
    for (const SimulatedBlock& block : hosts_->blocks()) ++blocks[static_cast<std::size_t>(block.habit)];
    fmt::print("\n| blocks whose hosts | blocks | probes an hour and block, from the second day on |\n|---|---|---|\n");
    for (std::size_t h = 0; h < kHabits; ++h) {
      fmt::print("| {} | {} | {:.2f} |\n", kNames[h], blocks[h],
                 static_cast<double>(by_habit_[h]) / blocks[h] / 24 / (days_ - 1));
    }
  }

  std::uint32_t days_;
  std::uint32_t seed_;
  config::Config config_;
  PathSimulator network_;
  ProberWorld world_;
  std::unique_ptr<OutageWorld> hosts_;
  std::array<std::uint64_t, kHabits> by_habit_{};
};

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  const auto days = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 15);
  const auto seed = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 1);
  isthmus::bench::Run(days, seed).run();
  return 0;
}
