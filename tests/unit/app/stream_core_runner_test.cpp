// What a core leaves for the next one is what its store has: never more, or what is in between would be nobody's.

#include "app/stream_core_runner.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>

#include "isthmus/net/clock.hpp"
#include "store/database.hpp"
#include "support/temporary_folder.hpp"
#include "unit/app/fleet_world.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;

// Hands out what a test puts into it.
class Readings : public fleet::Downlink {
 public:
  void put(fleet::Reading reading) {
    const std::lock_guard lock(mutex_);
    readings_.push_back(std::move(reading));
    changed_.notify_all();
  }
  void start() override {}
  void stop() override {}
  std::optional<fleet::Reading> receive_until(std::chrono::steady_clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [this] { return !readings_.empty() || std::exchange(woken_, false); });
    if (readings_.empty()) return std::nullopt;
    fleet::Reading reading = std::move(readings_.front());
    readings_.pop_front();
    return reading;
  }
  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] fleet::DownlinkStatus status() const override { return {}; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<fleet::Reading> readings_;
  bool woken_{false};
};

class Shelf {
 public:
  Result<void> put(const fleet::Handover& left) {
    const std::lock_guard lock(mutex_);
    sequences_[left.partition] = left.position.sequence;
    changed_.notify_all();
    return {};
  }
  [[nodiscard]] std::uint64_t at(std::uint32_t partition) {
    const std::lock_guard lock(mutex_);
    return sequences_[partition];
  }
  bool reaches(std::uint32_t partition, std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return sequences_[partition] == sequence; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, std::uint64_t> sequences_;
};

class Runner : public testing::Test {
 protected:
  Runner()
      : store_({.path = folder_ / "core.db", .busy_timeout = Duration::zero(), .retry_interval = Duration::zero()}) {
    EXPECT_TRUE(store_.open());
    PartitionCore::Start start;
    start.partition = kPartition;
    start.settings = FleetWorld::settings(kPartition);
    start.data = FleetWorld::data();
    start.speaks_for_vantages = true;
    start.remembers_vantages = true;
    std::vector<PartitionCore::Start> starts;
    starts.push_back(std::move(start));
    runner_ = std::make_unique<StreamCoreRunner>(
        StreamCore(std::move(starts), FleetWorld::kTargets, net::monotonic_now()), readings_, store_, deaf(),
        [this](const fleet::Handover& left) { return shelf_.put(left); }, StreamCore::Elsewhere{});
  }
  // Nobody asks agents for anything here.
  static CoreSinks deaf() {
    return {.retrace = [](const auto&) {}, .ping = [](const auto&) {}, .advise = [](const auto&) {}};
  }
  // The world goes on, and what has come is read; where that ends.
  std::uint64_t rounds(int count) {
    world_.rounds(count);
    fleet::Reading reading = world_.behind(kPartition, read_);
    read_ = reading.messages.back().sequence;
    readings_.put(std::move(reading));
    return read_;
  }

  static constexpr std::uint32_t kPartition = 0;
  support::TemporaryFolder folder_;
  FleetWorld world_;
  Readings readings_;
  Shelf shelf_;
  store::Store store_;
  std::unique_ptr<StreamCoreRunner> runner_;
  std::uint64_t read_{0};
};

TEST_F(Runner, LeavesNothingThatItsStoreHasNot) {
  const std::string target =
      fleet::partition_of("island", FleetWorld::kPartitions) == kPartition ? "island" : "north-korea";
  const std::uint64_t well = rounds(80);
  runner_->start();
  ASSERT_TRUE(shelf_.reaches(kPartition, well));

  auto other = store::Database::open(folder_ / "core.db", store::OpenMode::read_write, Duration::zero());
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  world_.targets[target].reachable = false;
  const std::uint64_t dark = rounds(6);
  const auto is_waiting = [this] { return store_.status().failures > 0 && store_.status().backlog > 0; };
  for (int i = 0; i < 2000 && !is_waiting(); ++i) std::this_thread::sleep_for(10ms);
  ASSERT_TRUE(is_waiting()) << "events of the outage wait for the file";
  EXPECT_EQ(shelf_.at(kPartition), well) << "who takes over now has to read of the outage";

  ASSERT_TRUE(other->execute("COMMIT"));
  EXPECT_TRUE(shelf_.reaches(kPartition, dark));
  runner_->stop();
}

}  // namespace
}  // namespace isthmus::app
