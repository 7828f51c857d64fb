// The core does not wait for the disk, and nothing is lost by that.

#include "app/store_writer.hpp"

#include <gtest/gtest.h>

#include <future>

#include "store/database.hpp"
#include "unit/store/fixture.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;
using store::Batch;
using store::Store;

class Writer : public store::StoreTest {
 protected:
  // The samples are of 2017.
  [[nodiscard]] store::StoreOptions options() const {
    auto options = StoreTest::options();
    options.retention = Duration::zero();
    return options;
  }
  static Batch with_events(std::int64_t first, int count) {
    Batch batch;
    for (int i = 0; i < count; ++i) batch.events.push_back(store::event_at(first + i));
    return batch;
  }
  static std::size_t stored(const Store& store) { return store.events(EventQuery{}).value().size(); }
};

TEST_F(Writer, WritesWhatIsSubmittedAndSaysWhenItIsDone) {
  Store store(options());
  std::promise<void> done;
  StoreWriter writer(store, [&] { done.set_value(); });
  writer.start();
  EXPECT_TRUE(writer.idle());
  writer.submit(with_events(1, 3));
  ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(writer.idle()) << "whoever is told may submit the next one";
  EXPECT_EQ(stored(store), 3U);
}

TEST_F(Writer, SaysWhetherTheFileHasItBeforeTheNextCanBeMade) {
  Store store(StoreTest::options());
  ASSERT_TRUE(store.open());
  auto other = store::Database::open(path(), store::OpenMode::read_write, Duration::zero());
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  std::vector<std::pair<bool, bool>> told;
  std::unique_ptr<StoreWriter> writer;
  writer = std::make_unique<StoreWriter>(
      store, [] {}, [&](bool in_file) { told.emplace_back(in_file, writer->idle()); });
  writer->start();
  writer->submit(with_events(1, 1));
  writer->wait_until_idle();
  ASSERT_TRUE(other->execute("COMMIT"));
  writer->submit(with_events(2, 1));
  writer->wait_until_idle();
  EXPECT_EQ(told, (std::vector<std::pair<bool, bool>>{{false, false}, {true, false}}));
}

TEST_F(Writer, WhileTheDiskTakesItsTimeNobodyWaits) {
  auto slow = options();
  slow.busy_timeout = 10s;
  Store store(slow);
  ASSERT_TRUE(store.open());
  auto other = store::Database::open(path(), store::OpenMode::read_write, Duration::zero());
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  StoreWriter writer(store, [] {});
  writer.start();
  const auto before = std::chrono::steady_clock::now();
  writer.submit(with_events(1, 1));
  EXPECT_FALSE(writer.idle());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s) << "it waited for the lock";
  ASSERT_TRUE(other->execute("COMMIT"));
  writer.wait_until_idle();
  EXPECT_EQ(stored(store), 1U);
}

TEST_F(Writer, StoppingWritesWhatWasSubmitted) {
  Store store(options());
  StoreWriter writer(store, [] {});
  writer.start();
  writer.submit(with_events(1, 100));
  writer.stop();
  writer.stop();
  EXPECT_EQ(stored(store), 100U);
}

TEST_F(Writer, SaysOnceThatEverythingMustBeToldAgain) {
  {
    Store store(options());
    ASSERT_TRUE(store.open());
  }
  std::filesystem::resize_file(path(), 1000);
  Store store(options());
  StoreWriter writer(store, [] {});
  writer.start();
  writer.submit(with_events(1, 1));
  writer.wait_until_idle();
  EXPECT_TRUE(writer.take_anew());
  EXPECT_FALSE(writer.take_anew());
  EXPECT_EQ(stored(store), 1U);
}

}  // namespace
}  // namespace isthmus::app
