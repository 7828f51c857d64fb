// Many agents in one process, each with its own bus, spool and connection to a real broker: what they observe is made
// up, all else is what an agent does with it. Prints what they sent and what that cost as one line of JSON.
//
//   build/tests/fleet_load --url nats://127.0.0.1:4222 --agents 20 --rate 20000 --seconds 30

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "isthmus/fleet/assign.hpp"
#include "isthmus/fleet/uplink.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus {
namespace {

struct Options {
  std::string url;
  std::string folder;
  int agents{20};
  int targets{8};
  int blocks{125};
  double rate{20'000};
  double seconds{30};
  bool idle{false};
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string target_name(int target) { return "target-" + std::to_string(target); }

struct Agent {
  std::string name;
  fleet::InProcessBus bus;
  std::unique_ptr<fleet::Uplink> uplink;
};

PingSeries answered(const std::string& vantage, const Options& options, std::uint64_t number) {
  const auto target = static_cast<int>(number % static_cast<std::uint64_t>(options.targets));
  const auto block = number / static_cast<std::uint64_t>(options.targets) % static_cast<std::uint64_t>(options.blocks);
  PingSeries series;
  series.vantage = vantage;
  series.target = target_name(target);
  series.address = IpAddress::v4(0x0B000001U + (static_cast<std::uint32_t>(target) << 16U) +
                                 (static_cast<std::uint32_t>(block) << 8U));
  Reply reply;
  reply.from = series.address;
  reply.kind = ReplyKind::echo_reply;
  reply.rtt = std::chrono::milliseconds(20);
  reply.ttl = 55;
  reply.size = 64;
  series.outcomes.push_back({.sent = net::wall_now(), .outcome = reply});
  return series;
}

PingSeries control(const std::string& vantage) {
  PingSeries series;
  series.vantage = vantage;
  series.address = IpAddress::v4(0xC0000201);
  Reply reply;
  reply.from = series.address;
  reply.kind = ReplyKind::echo_reply;
  reply.rtt = std::chrono::milliseconds(5);
  series.outcomes.push_back({.sent = net::wall_now(), .outcome = reply});
  return series;
}

ProberReport report(const std::string& vantage) {
  ProberReport report;
  report.vantage = vantage;
  report.time = net::wall_now();
  report.sent = {{"ping", Protocol::icmp, 1}};
  return report;
}

std::unique_ptr<Agent> agent(const Options& options, int number) {
  auto agent = std::make_unique<Agent>();
  agent->name = "vp-" + std::to_string(number);
  fleet::UplinkSettings settings;
  settings.broker = {.name = agent->name, .servers = {options.url}};
  settings.stream.partitions = 8;
  for (int t = 0; t < options.targets; ++t) settings.targets.push_back(target_name(t));
  settings.boot = static_cast<std::uint64_t>(net::wall_now().time_since_epoch().count());
  settings.spool = options.folder + "/" + agent->name + ".spool";
  agent->uplink = fleet::Uplink::create(std::move(settings), agent->bus).value();
  agent->uplink->start();
  return agent;
}

// Every 10 ms what is due, and once a second how each agent fares. Returns how many observations there were.
std::uint64_t observe(const Options& options, std::vector<std::unique_ptr<Agent>>& agents) {
  std::uint64_t sent = 0;
  std::vector<std::uint64_t> numbers(agents.size());
  const Instant began = net::monotonic_now();
  Instant next_report = began;
  for (;;) {
    const double elapsed = to_seconds(net::monotonic_now() - began);
    if (elapsed >= options.seconds) return sent;
    const auto due = static_cast<std::uint64_t>(elapsed * options.rate);
    for (; sent < due && !options.idle; ++sent) {
      const std::size_t a = sent % agents.size();
      agents[a]->bus.send(Observation(answered(agents[a]->name, options, numbers[a]++)));
    }
    if (net::monotonic_now() >= next_report) {
      next_report += std::chrono::seconds(1);
      for (const auto& one : agents) {
        one->bus.send(report(one->name));
        one->bus.send(Observation(control(one->name)));
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

int run(const Options& options) {
  fleet::StreamSettings stream;
  stream.partitions = 8;
  const auto broker = fleet::connect({.name = "fleet_load", .servers = {options.url}}).value();
  if (const auto made = fleet::assign(*broker, stream, {}, {}); !made) {
    std::cerr << to_string(made.error()) << '\n';
    return 1;
  }
  std::vector<std::unique_ptr<Agent>> agents;
  for (int i = 0; i < options.agents; ++i) agents.push_back(agent(options, i));
  const double before = cpu_seconds();
  const Instant began = net::monotonic_now();
  const std::uint64_t sent = observe(options, agents);
  const double cpu = cpu_seconds() - before;
  const double seconds = to_seconds(net::monotonic_now() - began);
  std::uint64_t dropped = 0;
  std::uint64_t left = 0;
  std::uint64_t refused = 0;
  std::string problem;
  for (const auto& one : agents) one->uplink->stop(std::chrono::seconds(10));
  for (const auto& one : agents) {
    const fleet::UplinkStatus status = one->uplink->status();
    dropped += one->bus.dropped() + status.dropped_messages;
    left += status.waiting_batches;
    refused += status.refused;
    if (!status.problem.empty()) problem = status.problem;
  }
  std::cout << boost::json::serialize(boost::json::object{{"observations", sent},
                                                          {"seconds", seconds},
                                                          {"cpu_seconds", cpu},
                                                          {"dropped", dropped},
                                                          {"batches_left", left},
                                                          {"refused", refused},
                                                          {"problem", problem}})
            << '\n';
  return dropped == 0 && left == 0 ? 0 : 1;
}

}  // namespace
}  // namespace isthmus

int main(int argc, char** argv) {
  isthmus::Options options;
  CLI::App app("Agents that observe what is made up, and send it to a real broker");
  app.add_option("--url", options.url, "Of the broker")->required();
  app.add_option("--folder", options.folder, "For the spools")->required();
  app.add_option("--agents", options.agents, "How many")->capture_default_str();
  app.add_option("--targets", options.targets, "How many")->capture_default_str();
  app.add_option("--blocks", options.blocks, "Of each target")->capture_default_str();
  app.add_option("--rate", options.rate, "Observations a second, of all together")->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long")->capture_default_str();
  app.add_flag("--idle", options.idle, "Only reports and controls: what agents cost that observe nothing");
  CLI11_PARSE(app, argc, argv);
  return isthmus::run(options);
}
