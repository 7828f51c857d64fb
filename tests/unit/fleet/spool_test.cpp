// What waits for a broker: nothing is lost by a kill, a full disk or a long silence, but what the caps say, and that is
// counted.

#include "fleet/spool.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Timestamp kNow{std::chrono::seconds(1'506'848'871)};

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { settings_.path = folder_ / "spool.db"; }

  [[nodiscard]] Spool open() const {
    auto spool = Spool::open(settings_, kNow);
    EXPECT_TRUE(spool) << to_string(spool.error());
    return std::move(*spool);
  }
  static Spool::Waiting batch(std::uint64_t first, std::size_t size = 100) {
    return {.number = 0,
            .id = {"frankfurt", 0, 7, first},
            .subject = "obs.v1.0.frankfurt",
            .messages = 10,
            .bytes = std::string(size, static_cast<char>('a' + first % 26))};
  }
  static std::vector<std::uint64_t> firsts(const std::vector<Spool::Waiting>& batches) {
    std::vector<std::uint64_t> all;
    for (const auto& one : batches) all.push_back(one.id.first);
    return all;
  }
  static std::vector<std::uint64_t> all_of(Spool& spool) { return firsts(spool.read(0, 1'000'000'000)); }

  support::TemporaryFolder folder_;
  SpoolSettings settings_;
};

TEST_F(SpoolTest, GivesBackWhatItGotOldestFirstAndForgetsWhatArrived) {
  Spool spool = open();
  for (const std::uint64_t first : {10, 20, 30, 40}) spool.append({batch(first)}, kNow);
  const auto some = spool.read(0, 250);
  ASSERT_EQ(firsts(some), (std::vector<std::uint64_t>{10, 20, 30})) << "up to so many bytes";
  EXPECT_EQ(some[1].bytes, batch(20).bytes);
  EXPECT_EQ(some[1].subject, "obs.v1.0.frankfurt");
  EXPECT_EQ(some[1].messages, 10U);
  EXPECT_EQ(firsts(spool.read(some.back().number, 1)), std::vector<std::uint64_t>{40}) << "one at least";
  spool.remove({some[0].number, some[2].number});
  EXPECT_EQ(all_of(spool), (std::vector<std::uint64_t>{20, 40}));
  EXPECT_EQ(spool.status().batches, 2U);
  EXPECT_EQ(spool.status().bytes, 200U);
}

TEST_F(SpoolTest, GoesOnWhereItStoppedAndNeverGivesANumberTwice) {
  std::uint64_t last = 0;
  {
    Spool spool = open();
    for (const std::uint64_t first : {10, 20}) spool.append({batch(first)}, kNow);
    last = spool.read(0, 1000).back().number;
    spool.remove({last});
  }
  Spool spool = open();
  EXPECT_EQ(all_of(spool), std::vector<std::uint64_t>{10});
  EXPECT_EQ(spool.status().bytes, 100U);
  spool.append({batch(30)}, kNow);
  EXPECT_GT(spool.read(0, 1000).back().number, last);
}

TEST_F(SpoolTest, KillAtAnyMomentLosesNothingThatWasAppended) {
  for (int round = 0; round < 10; ++round) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto spool = Spool::open(settings_, kNow);
      for (std::uint64_t first = 1;; ++first) {
        spool->append({batch(first, 2000)}, kNow);
        if (::write(ends[1], &first, sizeof first) < 0) ::_exit(1);
      }
    }
    std::uint64_t told = 0;
    for (int i = 0; i < 20 + 7 * round; ++i) ASSERT_EQ(::read(ends[0], &told, sizeof told), ssize_t{sizeof told});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[1]);
    while (::read(ends[0], &told, sizeof told) == ssize_t{sizeof told}) {
    }
    ::close(ends[0]);
    Spool spool = open();
    const auto kept = all_of(spool);
    ASSERT_GE(kept.size(), told);
    for (std::size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i], i + 1);
  }
}

TEST_F(SpoolTest, TheOldestGoWhenThereAreTooManyAndAreCounted) {
  settings_.most_bytes = 1000;
  Spool spool = open();
  for (std::uint64_t first = 1; first <= 25; ++first) spool.append({batch(first)}, kNow);
  EXPECT_EQ(all_of(spool), (std::vector<std::uint64_t>{16, 17, 18, 19, 20, 21, 22, 23, 24, 25}));
  EXPECT_EQ(spool.status().dropped_batches, 15U);
  EXPECT_EQ(spool.status().dropped_messages, 150U);
  EXPECT_EQ(spool.status().bytes, 1000U);
}

TEST_F(SpoolTest, TooOldOnesGo) {
  settings_.most_age = 24h;
  Spool spool = open();
  spool.append({batch(1)}, kNow);
  spool.append({batch(2)}, kNow + 23h);
  spool.keep_house(kNow + 24h + 1s);
  EXPECT_EQ(all_of(spool), std::vector<std::uint64_t>{2});
  EXPECT_EQ(spool.status().dropped_messages, 10U);
}

TEST_F(SpoolTest, WhileTheDiskIsFullMemoryHoldsWhatComesAndTheFileGetsItAfterwards) {
  settings_.most_bytes_in_memory = 500'000;
  std::uint64_t first = 1;
  {
    Spool spool = open();
    for (; first <= 10; ++first) spool.append({batch(first, 10'000)}, kNow);
    {
      const support::FullDisk full(150'000);
      for (; first <= 40; ++first) spool.append({batch(first, 10'000)}, kNow);
      EXPECT_GT(spool.status().failures, 0U);
      EXPECT_THAT(spool.status().last_error, HasSubstr("spool.db"));
      EXPECT_EQ(all_of(spool).size(), 40U) << "all of it can still be sent";
      spool.remove({38});
      EXPECT_NE(spool.status().last_error, "") << "whatever succeeded that needs no space";
      spool.remove({1, 39});
    }
    spool.append({batch(first++, 10'000)}, kNow);
    EXPECT_EQ(spool.status().last_error, "");
    EXPECT_EQ(spool.status().dropped_batches, 0U);
  }
  Spool spool = open();
  EXPECT_EQ(all_of(spool).size(), 38U);
}

TEST_F(SpoolTest, ItBeginsInMemoryWhereTheDiskIsFullAndFindsWhatWasInTheFileAfterwards) {
  {
    Spool spool = open();
    for (const std::uint64_t first : {10, 20}) spool.append({batch(first)}, kNow);
  }
  std::optional<support::FullDisk> full(1);
  Spool spool = open();
  EXPECT_EQ(spool.openings(), 0U);
  EXPECT_NE(spool.status().last_error, "");
  spool.append({batch(30)}, kNow);
  EXPECT_EQ(all_of(spool), std::vector<std::uint64_t>{30});
  full.reset();
  spool.append({batch(40)}, kNow);
  EXPECT_EQ(spool.status().last_error, "");
  EXPECT_EQ(spool.openings(), 1U);
  EXPECT_EQ(all_of(spool), (std::vector<std::uint64_t>{10, 20, 30, 40})) << "in the order of their age";
  EXPECT_EQ(spool.status().batches, 4U);
}

TEST_F(SpoolTest, MemoryIsBoundedToo) {
  settings_.most_bytes_in_memory = 100'000;
  Spool spool = open();
  const support::FullDisk full(1);
  for (std::uint64_t first = 1; first <= 50; ++first) spool.append({batch(first, 10'000)}, kNow);
  EXPECT_EQ(spool.status().dropped_batches, 40U);
  EXPECT_EQ(all_of(spool).front(), 41U);
}

TEST_F(SpoolTest, ADamagedFileIsMovedAsideAndWhatComesIsKept) {
  {
    Spool spool = open();
    spool.append({batch(1)}, kNow);
  }
  std::ofstream(settings_.path, std::ios::binary | std::ios::in).write("not a database any more", 23);
  Spool spool = open();
  EXPECT_THAT(spool.status().moved_to, HasSubstr("spool.db.corrupt-20171001T090751Z"));
  EXPECT_TRUE(std::filesystem::exists(spool.status().moved_to));
  spool.append({batch(2)}, kNow);
  EXPECT_EQ(all_of(spool), std::vector<std::uint64_t>{2});
}

TEST_F(SpoolTest, DamageWhileRunningLosesNothingNew) {
  Spool spool = open();
  for (std::uint64_t first = 1; first <= 100; ++first) spool.append({batch(first, 5000)}, kNow);
  {
    std::fstream file(settings_.path, std::ios::binary | std::ios::in | std::ios::out);
    for (int page = 0; page < 100; ++page) {
      file.seekp(4096 * page);
      file.write(std::string(4096, '\x5a').data(), 4096);
    }
  }
  std::filesystem::resize_file(settings_.path.c_str() + std::string("-wal"), 0);
  for (std::uint64_t first = 101; first <= 103; ++first) spool.append({batch(first, 5000)}, kNow);
  const auto left = all_of(spool);
  ASSERT_GE(left.size(), 3U);
  EXPECT_EQ(std::vector(left.end() - 3, left.end()), (std::vector<std::uint64_t>{101, 102, 103}));
}

TEST_F(SpoolTest, AnotherProgramsFileIsLeftAlone) {
  ASSERT_TRUE(sqlite::Database::open(settings_.path, sqlite::OpenMode::read_write, 0s)->execute("CREATE TABLE x (y)"));
  const auto refused = Spool::open(settings_, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

TEST_F(SpoolTest, TwoAgentsDoNotShareOne) {
  Spool first = open();
  const auto second = Spool::open(settings_, kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::busy);
}

}  // namespace
}  // namespace isthmus::fleet
