// What the store costs at 100,000 blocks from ten vantage points: a save of the one block in a hundred that is
// different, one of everything, the days of a second and of a midnight, and reading it all back. Real files, in the
// folder given as the first argument; prints rows of a Markdown table.

#include <fmt/format.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "isthmus/store/store.hpp"

namespace isthmus::store {
namespace {

using resilience::BlockMemory;
using resilience::DayRecord;
using std::chrono::steady_clock;

constexpr std::size_t kBlocks = 100'000;
constexpr std::size_t kVantages = 10;
constexpr std::size_t kDirty = kBlocks / 100;
constexpr int kRuns = 20;

Block block_at(std::size_t index) {
  return Block::of(IpAddress::v4(0x0A000000U + (static_cast<std::uint32_t>(index) << 8U)));
}

BlockMemory memory_at(std::size_t index, std::int64_t second) {
  const Timestamp now{std::chrono::seconds(1'700'000'000 + second)};
  BlockMemory memory{.block = block_at(index),
                     .state = State::up,
                     .since = now,
                     .learned = true,
                     .upstreams = {},
                     .addresses = {},
                     .hosts = {}};
  for (const std::uint32_t asn : {4837U, 20485U}) memory.upstreams.push_back({Asn{asn}, false, now, now});
  for (std::size_t v = 0; v < kVantages; ++v) {
    memory.addresses.push_back(
        {fmt::format("vantage-{}", v), IpAddress::v4(memory.block.prefix.address().v4_value() + 7), 0.9});
  }
  memory.hosts = {{memory.addresses[0].address, now, 12.345678901, 3, false}};
  return memory;
}

DayRecord day_at(std::size_t index, std::int64_t day) {
  DayRecord record;
  record.target = "everything";
  record.block = block_at(index);
  record.day = std::chrono::sys_days(std::chrono::days(19'000 + day));
  record.in_state[0] = std::chrono::hours(24);
  for (const std::uint32_t asn : {4837U, 20485U}) {
    DayRecord::Upstream& upstream = record.upstreams.emplace_back(DayRecord::Upstream{.asn = Asn{asn}});
    upstream.share.fill({.estimate = 43200.123, .low = 21600.5, .high = 64800.25, .least = 0.4, .most = 0.6});
  }
  return record;
}

// Mean and worst of `runs` calls in milliseconds; what is needed for one is made before its time begins.
template <typename Make>
void measure(const std::string& what, std::size_t rows, int runs, Store& store, const Make& make) {
  double sum = 0;
  double worst = 0;
  for (int i = 0; i < runs; ++i) {
    Batch batch = make(i);
    const auto begun = steady_clock::now();
    const auto written = store.write(batch);
    const double took = std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
    if (!written) {
      fmt::print(stderr, "{}\n", to_string(written.error()));
      std::exit(1);
    }
    sum += took;
    worst = std::max(worst, took);
  }
  fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} |\n", what, rows, sum / runs, worst,
             1000 * sum / runs / static_cast<double>(rows));
}

Batch baseline_batch(std::size_t first, std::size_t count, std::size_t step, std::int64_t second) {
  Batch batch;
  resilience::TargetMemory target{.name = "everything", .blocks = {}, .events = {}};
  for (std::size_t i = 0; i < count; ++i) target.blocks.push_back(memory_at((first + i * step) % kBlocks, second));
  batch.baseline.targets.push_back(std::move(target));
  batch.alive = Timestamp(std::chrono::seconds(1'700'000'000 + second));
  return batch;
}

Batch day_batch(std::size_t first, std::size_t count, std::int64_t day) {
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) batch.days.push_back(day_at((first + i) % kBlocks, day));
  return batch;
}

double megabytes(const std::string& path) { return static_cast<double>(std::filesystem::file_size(path)) / 1e6; }

int run(const std::string& folder) {
  const std::string path = folder + "/bench.db";
  double before_days = 0;
  {
    Store store(StoreOptions{.path = path});
    if (const auto opened = store.open(); !opened) {
      fmt::print(stderr, "{}\n", to_string(opened.error()));
      return 1;
    }
    fmt::print("| what is written | rows | ms, mean | ms, worst | us a row |\n|---|---|---|---|---|\n");
    measure("baseline, everything", kBlocks, 1, store, [](int) { return baseline_batch(0, kBlocks, 1, 0); });
    measure("baseline, 1 % of the blocks, scattered", kDirty, kRuns, store,
            [](int i) { return baseline_batch(static_cast<std::size_t>(i), kDirty, kBlocks / kDirty, i); });
    measure("that the program lives", 1, kRuns, store, [](int i) {
      Batch batch;
      batch.alive = Timestamp(std::chrono::seconds(1'700'001'000 + i));
      return batch;
    });
  }
  before_days = megabytes(path);
  Store store(StoreOptions{.path = path});
  if (!store.open()) return 1;
  constexpr std::size_t kStep = 2000;
  measure("days of blocks, as at midnight", kStep, static_cast<int>(kBlocks / kStep), store,
          [](int i) { return day_batch(static_cast<std::size_t>(i) * kStep, kStep, 0); });
  const auto begun = steady_clock::now();
  const auto baseline = store.load();
  const double took = std::chrono::duration<double>(steady_clock::now() - begun).count();
  if (!baseline || baseline->targets.at(0).blocks.size() != kBlocks) return 1;
  fmt::print("\nBaseline of {} blocks and {} addresses read in {:.2f} s; file {:.0f} MB.\n", kBlocks,
             kBlocks * kVantages, took, before_days);
  return 0;
}

}  // namespace
}  // namespace isthmus::store

int main(int argc, char** argv) {
  std::string folder = (std::filesystem::path(argc > 1 ? argv[1] : "/tmp") / "isthmus-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const int status = isthmus::store::run(folder);
  if (status == 0)
    fmt::print("After the days of one day: {:.0f} MB with its log.\n", isthmus::store::megabytes(folder + "/bench.db"));
  std::filesystem::remove_all(folder);
  return status;
}
