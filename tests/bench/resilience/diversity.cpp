// What it costs to say how many bridges blocks stand on: a block measured for the first time, one whose ways are known
// from others, a whole target, and a what-if over all of its blocks. Ten vantage ASes with six flows each, ten routers
// a way; every fourth way has a silent hop. Prints rows of a Markdown table. Time is that of the processor; one thread.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <random>
#include <vector>

#include "isthmus/resilience/whatif.hpp"
#include "resilience/diversity.hpp"
#include "resilience/ways.hpp"

namespace isthmus::bench {
namespace {

using namespace resilience;  // NOLINT(google-build-using-namespace): a program of one file.

constexpr std::uint32_t kVantages = 10;
constexpr std::uint32_t kFlows = 6;
constexpr Asn kTarget{64500};

// Of the processor: others may be at work as well.
double milliseconds_since(std::clock_t start) {
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void print(const std::string& what, double value, const char* unit) {
  fmt::print("| {} | {:.3g} {} |\n", what, value, unit);
}

// A way of four ASes: the first ones near its vantage AS, the last one of three upstreams; two or three routers in
// each, then two of the target's own, of which the last one is the block's.
WayDraft random_way(std::uint32_t vantage, std::uint32_t gateway, std::mt19937& random) {
  WayDraft way;
  way.vantage = Asn{64600 + vantage};
  way.target = kTarget;
  const auto upstream = static_cast<std::uint32_t>(random() % 3);
  for (const std::uint32_t asn : {1000 + vantage, 2000 + static_cast<std::uint32_t>(random() % 12), 3000 + upstream}) {
    way.ases.push_back({Asn{asn}, false});
    for (std::uint32_t r = 0; r < 3; ++r) {
      const bool silent = random() % 40 == 0;
      way.routers.steps.push_back(
          {IpAddress::v4((asn << 16) + static_cast<std::uint32_t>(random() % 4) * 16 + r), silent, Asn{asn}});
    }
  }
  way.routers.steps.front().gap = false;
  way.routers.steps.push_back({IpAddress::v4(0x0A000000U + upstream), false, kTarget});
  way.routers.steps.push_back({IpAddress::v4(0x0A010000U + gateway), false, kTarget});
  return way;
}

std::vector<WayFlows> random_block(WayTable& table, std::uint32_t gateway, std::mt19937& random) {
  std::map<std::uint64_t, WayFlows> ways;
  for (std::uint32_t f = 0; f < kVantages * kFlows; ++f) {
    const auto way = table.intern(random_way(f / kFlows, gateway, random));
    ++ways.try_emplace(way->number, WayFlows{way, 0}).first->second.flows;
  }
  std::vector<WayFlows> list;
  for (const auto& [number, flows] : ways) list.push_back(flows);
  return list;
}

void measure_blocks(std::uint32_t blocks) {
  WayTable table;
  std::mt19937 random(1);
  std::vector<std::vector<WayFlows>> ways;
  for (std::uint32_t b = 0; b < blocks; ++b) ways.push_back(random_block(table, b % 64, random));
  DiversityCache cache;
  const auto cold = std::clock();
  for (const auto& block : ways) cache.of(block);
  print(fmt::format("a block of {} flows whose ways are new", kVantages * kFlows),
        1000 * milliseconds_since(cold) / blocks, "us");
  const auto warm = std::clock();
  for (const auto& block : ways) cache.of(block);
  print("one whose ways are those of another block", 1000 * milliseconds_since(warm) / blocks, "us");
}

void measure_whole(std::uint32_t blocks, std::uint32_t alike) {
  WayTable table;
  std::mt19937 random(2);
  DiversityCache cache;
  std::vector<AlikeBlocks> kinds;
  for (std::uint32_t k = 0; k < alike; ++k)
    kinds.push_back({cache.of(random_block(table, k % 64, random)), blocks / alike});
  const auto start = std::clock();
  WatchedTarget target{.name = "target", .asn = kTarget, .blocks = {}, .diversity = nullptr};
  target.diversity =
      std::make_shared<const TargetDiversity>(cache.measure_target(kinds, [](Asn) { return std::string(); }));
  print(fmt::format("a target of {} kinds of blocks, {} ways", alike, table.size()), milliseconds_since(start), "ms");
  for (std::uint32_t b = 0; b < blocks; ++b) {
    target.blocks.push_back({Block::of(IpAddress::v4(0x0A000000U + (b << 8))), kinds[b % alike].ways});
  }
  const auto asked = std::clock();
  const auto answer = what_if(std::vector{target}, Failure{.ases = {Asn{3000}}}, Timestamp{});
  print(fmt::format("a what-if over {} blocks of these kinds", blocks), milliseconds_since(asked), "ms");
  if (!answer) fmt::print("{}\n", to_string(answer.error()));
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  CLI::App options("What diversity costs");
  std::uint32_t blocks = 100'000;
  options.add_option("--blocks", blocks, "Of the target in the what-if")->capture_default_str();
  CLI11_PARSE(options, argc, argv);
  fmt::print("| what | time |\n|---|---|\n");
  isthmus::bench::measure_blocks(std::min(blocks, 2'000U));
  isthmus::bench::measure_whole(blocks, 1);
  isthmus::bench::measure_whole(blocks, 150);  // Just few enough ways that routers are measured as well,
  isthmus::bench::measure_whole(blocks, 200);  // and too many.
  return 0;
}
