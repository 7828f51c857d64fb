// What a scrape costs at the size that isthmus is built for: 10,000 targets from ten vantage points, two blocks and two
// upstreams a target, every pair pinged. Prints series, bytes, milliseconds and the memory that a scrape needs beside
// the snapshot. Fails when a scrape takes more than three times its body in memory.

#include <fmt/format.h>
#include <malloc.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::bench {
namespace {

using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;

constexpr double kMostMemory = 3.0;

struct Size {
  std::uint32_t targets{10'000};
  std::uint32_t vantages{10};
  int scrapes{9};
};

std::string vantage_name(std::uint32_t number) { return fmt::format("vantage-point-{}", number); }

UpstreamView make_upstream(std::uint32_t asn, double share) {
  UpstreamView upstream;
  upstream.asn = Asn{asn};
  upstream.name = fmt::format("Upstream Provider {} Ltd.", asn);
  upstream.state = State::up;
  upstream.vantage = {share, share * 0.8123456789, std::min(1.0, share * 1.1987654321)};
  upstream.address = {share, share / 3, (1 + share) / 2};
  upstream.flow = {share / 7, share / 9, share / 3};
  return upstream;
}

std::shared_ptr<const resilience::TargetDiversity> make_diversity(std::uint32_t number) {
  resilience::TargetDiversity diversity;
  diversity.whole.ases = {.min_cut = 2, .min_cut_low = 2, .disjoint_paths = 2};
  diversity.whole.routers = {.min_cut = 3, .min_cut_low = 2, .disjoint_paths = 2};
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Asn asn{64'000 + (number + i) % 500};
    diversity.hegemony.push_back({asn, 1.0 / (1.7 + i)});
    diversity.names[asn] = fmt::format("Transit Network Number {}", to_string(asn));
  }
  if (number % 4 == 0) diversity.whole.chokepoints = {diversity.hegemony[0].asn};
  diversity.vantage_ases = 10;
  return std::make_shared<const resilience::TargetDiversity>(std::move(diversity));
}

resilience::PingStatistics make_pings(std::uint32_t vantage, std::mt19937& random) {
  resilience::PingStatistics pings;
  pings.vantage = vantage_name(vantage);
  // A month of pings every ten seconds; the times of a pair lie in two or three buckets.
  pings.probes = 250'000 + random() % 10'000;
  pings.replies = pings.probes - random() % 5'000;
  const std::size_t middle = 2 + random() % 10;
  pings.rtt_buckets[middle] = pings.replies - 700;
  pings.rtt_buckets[middle + 1] = 600;
  pings.rtt_buckets[middle + 2] = 100;
  pings.rtt_sum_seconds = static_cast<double>(pings.replies) * 0.0412345678;
  return pings;
}

TargetView make_target(std::uint32_t number, const Size& size, std::mt19937& random) {
  TargetView target;
  target.name = fmt::format("target-{}", number);
  target.asn = Asn{70'000 + number};
  target.state = State::up;
  for (const std::uint32_t asn : {64'500 + number % 50, 64'600 + number % 70}) {
    target.upstreams.push_back(make_upstream(asn, 0.1 + static_cast<double>(random() % 800) / 1000));
  }
  target.upstream_count = 2;
  target.unknown_share = 0.0625;
  target.effective_upstreams = 1.9230769230769231;
  target.diversity = make_diversity(number);
  for (std::uint32_t b = 0; b < 2; ++b) {
    resilience::BlockView block;
    block.block = Block::of(IpAddress::v4(0x52000000U + ((2 * number + b) << 8)));
    block.state = State::up;
    block.reachability_probability = 0.99991234567;
    target.blocks.push_back(std::move(block));
  }
  for (std::uint32_t v = 0; v < size.vantages; ++v) target.pings.push_back(make_pings(v, random));
  for (const EventKind kind : kEventKinds) target.events[kind] = number % 3;
  return target;
}

Snapshot make_snapshot(const Size& size) {
  std::mt19937 random(1);  // NOLINT: the same snapshot every time.
  Snapshot snapshot;
  snapshot.time = Timestamp(std::chrono::seconds(1'506'848'871));
  for (std::uint32_t v = 0; v < size.vantages; ++v) {
    resilience::VantageView vantage;
    vantage.name = vantage_name(v);
    vantage.state = VantageState::valid;
    vantage.last_observation = snapshot.time;
    vantage.report.emplace();
    vantage.report->sent = {{"ping", Protocol::icmp, 1000}, {"traceroute", Protocol::udp, 250}};
    vantage.events = {{EventKind::vantage_invalid, 1}, {EventKind::vantage_valid, 2}};
    snapshot.vantages.push_back(std::move(vantage));
  }
  for (std::uint32_t t = 0; t < size.targets; ++t) snapshot.targets.push_back(make_target(t, size, random));
  return snapshot;
}

// A line of /proc/self/status, in bytes.
double memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return 1024 * std::stod(line.substr(key.size() + 1));
  }
  return 0;
}

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Times of several scrapes, one after the other as those of a Prometheus are.
struct Cost {
  std::vector<double> wall{};
  std::vector<double> processor{};
};

Cost time_scrapes(const Size& size, const Snapshot& snapshot, const telemetry::ProcessStatus& status) {
  Cost cost;
  for (int i = 0; i < size.scrapes; ++i) {
    const double processor = processor_seconds();
    const auto start = std::chrono::steady_clock::now();
    const std::string body = telemetry::metrics_text(&snapshot, status);
    cost.wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    cost.processor.push_back(processor_seconds() - processor);
  }
  return cost;
}

int run(const Size& size) {
  const Snapshot snapshot = make_snapshot(size);
  const telemetry::ProcessStatus status;
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // The high-water mark begins anew.
  const double before = memory("VmRSS");
  std::size_t bytes = 0;
  std::ptrdiff_t series = 0;
  double peak = 0;
  {
    const std::string body = telemetry::metrics_text(&snapshot, status);
    peak = memory("VmHWM") - before;
    bytes = body.size();
    series = std::ranges::count(body, '\n');
    for (std::size_t at = body.find("# "); at != std::string::npos; at = body.find("\n# ", at + 1)) --series;
  }
  const Cost cost = time_scrapes(size, snapshot, status);
  const double ratio = peak / static_cast<double>(bytes);
  fmt::print("{} targets, {} vantage points: {} series, {:.1f} MB\n", size.targets, size.vantages, series,
             static_cast<double>(bytes) / 1e6);
  fmt::print("a scrape: {:.0f} ms (median of {}; {:.0f} to {:.0f}), {:.0f} ms of processor time\n",
             1e3 * median(cost.wall), size.scrapes, 1e3 * std::ranges::min(cost.wall),
             1e3 * std::ranges::max(cost.wall), 1e3 * median(cost.processor));
  fmt::print("memory beside the snapshot: {:.1f} MB, {:.2f} times the body\n", peak / 1e6, ratio);
  return ratio <= kMostMemory ? 0 : 1;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  CLI::App app("What a scrape of a large isthmus costs");
  isthmus::bench::Size size;
  app.add_option("--targets", size.targets)->capture_default_str();
  app.add_option("--vantages", size.vantages)->capture_default_str();
  app.add_option("--scrapes", size.scrapes)->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return isthmus::bench::run(size);
}
