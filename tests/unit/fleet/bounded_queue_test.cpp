#include "isthmus/fleet/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

namespace isthmus::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

steady_clock::time_point soon() { return steady_clock::now() + milliseconds(1); }
// Far enough that a test which waits for it has failed.
steady_clock::time_point far() { return steady_clock::now() + seconds(60); }

TEST(BoundedQueue, KeepsOrder) {
  BoundedQueue<int> queue(4);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.pop_until(far()), 1);
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(BoundedQueue, DropsTheNewestAndCounts) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.push(4));
  EXPECT_EQ(queue.dropped(), 2u);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_TRUE(queue.push(5));
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.try_pop(), 5);
}

TEST(BoundedQueue, WaitEndsAtTheDeadline) {
  BoundedQueue<int> queue(1);
  const auto deadline = soon();
  EXPECT_EQ(queue.pop_until(deadline), std::nullopt);
  EXPECT_GE(steady_clock::now(), deadline);
}

TEST(BoundedQueue, WakeEndsExactlyOneWait) {
  BoundedQueue<int> queue(1);
  queue.wake();
  const auto before = steady_clock::now();
  EXPECT_EQ(queue.pop_until(far()), std::nullopt);
  EXPECT_LT(steady_clock::now() - before, seconds(30));
  const auto deadline = soon();
  EXPECT_EQ(queue.pop_until(deadline), std::nullopt);
  EXPECT_GE(steady_clock::now(), deadline);
}

TEST(BoundedQueue, PushEndsAWaitInAnotherThread) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  std::jthread sender([&] { EXPECT_TRUE(queue.push(std::make_unique<int>(7))); });
  const auto message = queue.pop_until(far());
  ASSERT_TRUE(message);
  EXPECT_EQ(**message, 7);
}

TEST(BoundedQueue, ClosedQueueDrainsAndTakesNoMore) {
  BoundedQueue<int> queue(4);
  EXPECT_TRUE(queue.push(1));
  queue.close();
  EXPECT_TRUE(queue.closed());
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.pop_until(far()), 1);
  EXPECT_EQ(queue.pop_until(far()), std::nullopt);
  EXPECT_EQ(queue.dropped(), 1u);
}

// Every message either arrives, in its sender's order, or is counted as dropped.
TEST(BoundedQueue, ManySendersLoseNothingUncounted) {
  constexpr int kSenders = 4;
  constexpr int kMessages = 5000;
  BoundedQueue<std::pair<int, int>> queue(64);
  std::array<std::uint64_t, kSenders> refused{};
  std::vector<std::jthread> senders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      for (int i = 0; i < kMessages; ++i) {
        if (!queue.push({s, i})) ++refused[static_cast<std::size_t>(s)];
      }
    });
  }
  std::jthread closer([&] {
    for (auto& sender : senders) sender.join();
    queue.close();
  });
  std::array<int, kSenders> last{-1, -1, -1, -1};
  std::uint64_t received = 0;
  while (true) {
    const auto message = queue.pop_until(far());
    if (!message) break;
    const auto [sender, number] = *message;
    EXPECT_GT(number, last[static_cast<std::size_t>(sender)]);
    last[static_cast<std::size_t>(sender)] = number;
    ++received;
  }
  closer.join();
  std::uint64_t lost = 0;
  for (const auto r : refused) lost += r;
  EXPECT_EQ(queue.dropped(), lost);
  EXPECT_EQ(received + lost, std::uint64_t{kSenders} * kMessages);
}

}  // namespace
}  // namespace isthmus::fleet
