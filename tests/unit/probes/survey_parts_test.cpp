// The parts of a survey that carry its hot path: the order, the tables, the queue.

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <unordered_map>

#include "isthmus/schedule/random_order.hpp"
#include "probes/survey/address_table.hpp"
#include "probes/survey/cell.hpp"
#include "probes/survey/key_set.hpp"
#include "probes/survey/ring.hpp"

namespace isthmus::probes::survey {
namespace {

TEST(SurveyOrder, VisitsEachElementExactlyOnce) {
  for (const std::uint64_t size : {1ULL, 2ULL, 3ULL, 4ULL, 5ULL, 17ULL, 1000ULL, 4096ULL, 65537ULL, 300001ULL}) {
    for (const std::uint64_t key : {0ULL, 1ULL, 0xdeadbeefULL}) {
      const schedule::RandomOrder order(size, key);
      std::vector<bool> seen(size);
      for (std::uint64_t i = 0; i < size; ++i) {
        const std::uint64_t element = order.at(i);
        ASSERT_LT(element, size);
        ASSERT_FALSE(seen[element]) << "size " << size << " key " << key;
        seen[element] = true;
      }
    }
  }
}

TEST(SurveyOrder, KeysGiveDifferentOrders) {
  const schedule::RandomOrder a(100000, 1);
  const schedule::RandomOrder b(100000, 2);
  int same = 0;
  for (std::uint64_t i = 0; i < 100000; ++i) same += a.at(i) == b.at(i) ? 1 : 0;
  EXPECT_LT(same, 20);
}

// Each router is asked for by neighbouring elements: whoever gets a burst of those gets too much.
TEST(SurveyOrder, SpreadsNeighboursOverTheWholeRun) {
  constexpr std::uint64_t kSize = 1 << 20;
  constexpr std::uint64_t kSlices = 64;
  const schedule::RandomOrder order(kSize, 99);
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{12345}, kSize - 4096}) {
    std::vector<int> slices(kSlices);
    for (std::uint64_t i = 0; i < kSize; ++i) {
      const std::uint64_t element = order.at(i);
      if (element >= first && element < first + 4096) ++slices[i * kSlices / kSize];
    }
    // 64 expected in each slice, standard deviation 8.
    for (const int count : slices) EXPECT_NEAR(count, 64, 48);
  }
}

TEST(AddressTable, NumbersAddressesInTheOrderTheyCome) {
  AddressTable table(4, 77);  // Grows many times.
  std::mt19937 random(5);
  std::unordered_map<IpAddress, std::uint32_t> truth;
  for (int i = 0; i < 20000; ++i) {
    IpAddress address = IpAddress::v4(static_cast<std::uint32_t>(random() % 9000));
    if (i % 3 == 0) address = IpAddress::v6({0x20, 1, static_cast<std::uint8_t>(random()), 4});
    const auto [known, is_new] = truth.emplace(address, static_cast<std::uint32_t>(truth.size()));
    ASSERT_EQ(table.intern(address), known->second);
  }
  EXPECT_EQ(table.size(), truth.size());
  for (const auto& [address, number] : truth) {
    ASSERT_EQ(table.find(address), number);
    ASSERT_EQ(table.at(number), address);
  }
  EXPECT_FALSE(table.find(IpAddress::v4(0xffffffff)));
}

TEST(KeySet, CountsEachKey) {
  KeySet set(1);
  std::map<std::uint64_t, std::uint32_t> truth;
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t key = random() % 7000;
    ASSERT_EQ(set.add(key), ++truth[key]);
  }
  EXPECT_EQ(set.size(), truth.size());
  EXPECT_EQ(set.count(1U << 30), 0U);
}

TEST(Ring, KeepsTheOrderWhileItGrows) {
  Ring<int> ring(1);
  int pushed = 0;
  int popped = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < round; ++i) ring.push(pushed++);
    for (int i = 0; i < round / 2; ++i) ASSERT_EQ(ring.pop(), popped++);
  }
  while (!ring.empty()) ASSERT_EQ(ring.pop(), popped++);
  EXPECT_EQ(popped, pushed);
}

TEST(Cell, KeepsEveryField) {
  Cell cell;
  EXPECT_EQ(cell.mark(), Mark::unsent);
  cell.send(123, 3);
  EXPECT_TRUE(cell.waiting());
  EXPECT_EQ(cell.attempt(), 3);
  cell.answer(ReplyKind::unreachable, 13, kDestination - 1, 77, true);
  const Cell copy = Cell::unpack(cell.packed());
  EXPECT_EQ(copy.mark(), Mark::unreachable);
  EXPECT_EQ(copy.icmp_code(), 13);
  EXPECT_EQ(copy.interface(), kDestination - 1);
  EXPECT_EQ(copy.attempt(), 3);
  EXPECT_EQ(copy.time(), 77U);
  EXPECT_TRUE(copy.weak());
  EXPECT_TRUE(copy.is_router());
  EXPECT_FALSE(copy.is_destination());
}

}  // namespace
}  // namespace isthmus::probes::survey
