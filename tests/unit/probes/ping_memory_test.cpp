// What pinging costs in memory, and that it stops growing. Every allocation of this test program is counted.

#include <gtest/gtest.h>

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "unit/probes/ping_cases.hpp"

namespace {

std::atomic<std::int64_t> live_bytes{0};
std::atomic<std::uint64_t> allocations{0};

void* counted_allocation(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  ++allocations;
  return memory;
}

void counted_release(void* memory) noexcept {
  live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted_allocation(size); }
void* operator new[](std::size_t size) { return counted_allocation(size); }
void operator delete(void* memory) noexcept { counted_release(memory); }
void operator delete[](void* memory) noexcept { counted_release(memory); }
void operator delete(void* memory, std::size_t) noexcept { counted_release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { counted_release(memory); }

namespace isthmus::probes {
namespace {

using namespace std::chrono_literals;

std::vector<IpAddress> hosts(const KindOfPing& kind, std::uint32_t count) {
  std::vector<IpAddress> all;
  for (std::uint32_t i = 0; i < count; ++i) all.push_back(kind.host(i));
  return all;
}

class PingMemory : public testing::TestWithParam<KindOfPing> {};

TEST_P(PingMemory, AWatchedAddressCostsLessThan200Bytes) {
  constexpr std::uint32_t kHosts = 50000;
  const KindOfPing kind = GetParam();
  PingEngine engine(PingBench::codec(), "vp", [&](const IpAddress&) { return kind.source(); });
  // The dearest case: each address is a target of its own, with a name that needs memory of its own.
  std::vector<PingGroup> groups;
  for (std::uint32_t i = 0; i < kHosts; ++i)
    groups.push_back({"host-" + std::to_string(i) + ".example.net", {kind.host(i)}});
  const PingSettings settings{.interval = 10s, .timeout = 2s, .protocol = kind.protocol};
  const std::int64_t before = live_bytes;
  engine.set_targets(groups, settings, Instant(1h));
  std::uint32_t sent = 0;
  Instant now{1h};
  for (; now < Instant(1h + 10s); now += 1ms) {
    while (engine.poll_probe(now, Timestamp{})) ++sent;
    engine.handle_timeout(now);
    while (engine.poll_observation()) {
    }
  }
  EXPECT_NEAR(sent, kHosts, 10) << "but for those due in the last millisecond";
  // 10,000 probes are out on top of that and 16,384 remembered.
  const double bytes = static_cast<double>(live_bytes - before) / kHosts;
  RecordProperty("bytes_per_address", static_cast<int>(bytes));
  EXPECT_LE(bytes, 200);
}

TEST_P(PingMemory, AProbeThatIsOutCostsLessThan64Bytes) {
  constexpr std::uint32_t kHosts = 300000;
  const KindOfPing kind = GetParam();
  PingBench bench(kind, hosts(kind, kHosts));
  const std::int64_t before = live_bytes;
  std::uint32_t sent = 0;
  while (bench.engine().poll_probe(bench.now, bench.wall())) ++sent;
  EXPECT_EQ(sent, kHosts);
  const double bytes = static_cast<double>(live_bytes - before) / kHosts;
  RecordProperty("bytes_per_probe", static_cast<int>(bytes));
  EXPECT_LE(bytes, 64);
}

TEST_P(PingMemory, NothingIsAllocatedForAProbe) {
  const KindOfPing kind = GetParam();
  PingBench bench(kind, hosts(kind, 1000));
  std::array<std::byte, PingEngine::kMaxPacket> buffer;
  std::uint64_t sent = 0;
  std::uint64_t allocated = 0;
  // Nobody answers; the first minute may still grow.
  for (int second = 0; second < 120; ++second, bench.now += 1s) {
    const std::uint64_t before = allocations;
    bench.engine().handle_timeout(bench.now);
    while (const auto probe = bench.engine().poll_probe(bench.now, bench.wall())) {
      bench.engine().encode(*probe, buffer);
      bench.engine().handle_sent(probe->number, bench.now);
      ++sent;
    }
    if (second >= 60) allocated += allocations - before;
    bench.take();
  }
  EXPECT_EQ(sent, 120000U);
  EXPECT_EQ(allocated, 0U);
}

TEST_P(PingMemory, StaysFlatOverAnHour) {
  const KindOfPing kind = GetParam();
  PingBench bench(kind, hosts(kind, 500));
  std::int64_t after_a_minute = 0;
  std::uint64_t answered = 0;
  std::vector<support::Packet> under_way;
  for (int second = 0; second < 3600; ++second) {
    bench.now += 500ms;
    for (std::size_t i = 0; i < under_way.size(); ++i) {
      // One in eight is lost, and one in eight comes twice.
      if (i % 8 != 0) answered += bench.receive(under_way[i]) ? 0 : 1;
      if (i % 8 == 1) {
        EXPECT_EQ(bench.receive(under_way[i]), InvalidReason::duplicate);
      }
    }
    under_way.clear();
    bench.now += 500ms;
    bench.engine().handle_timeout(bench.now);
    for (const SentPing& ping : bench.send()) under_way.push_back(bench.answer(ping.bytes));
    bench.take();
    if (second == 60) after_a_minute = live_bytes;
  }
  EXPECT_NEAR(static_cast<double>(answered), 3599.0 * 500 * 7 / 8, 3600);
  EXPECT_LE(live_bytes, after_a_minute + 4096);
}

INSTANTIATE_TEST_SUITE_P(AllProtocols, PingMemory,
                         testing::Values(KindOfPing{Protocol::icmp, true}, KindOfPing{Protocol::icmp, false},
                                         KindOfPing{Protocol::udp, true}, KindOfPing{Protocol::tcp, true}),
                         name_of);

}  // namespace
}  // namespace isthmus::probes
