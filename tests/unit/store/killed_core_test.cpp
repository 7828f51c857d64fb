// A core at work is killed again and again, at whatever it is doing. Whatever it has said it has stored is there, no
// event is told twice, and what is remembered is what the events led to.

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

#include "isthmus/resilience/day_book.hpp"
#include "unit/resilience/core_fixture.hpp"
#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

using resilience::CoreTest;
using resilience::DayBook;

constexpr int kKills = 30;
constexpr Duration kRound = std::chrono::seconds(10);
constexpr Timestamp kStart{std::chrono::hours(24 * 365 * 50)};

struct Acknowledged {
  std::uint64_t events{0};
  Timestamp alive{};
};

// A core in virtual time that goes on where the store ends: a block that goes dark for six rounds of every fourteen.
class Script : public CoreTest {
 public:
  Script(Store& store, int acknowledge) : store_(store), acknowledge_(acknowledge) {}

  [[noreturn]] void work() {
    if (!store_.open()) ::_exit(1);
    auto baseline = store_.load();
    auto open = store_.open_days();
    if (!baseline || !open) ::_exit(2);
    start(settings(3, 2), *baseline);
    now_ = open->alive == Timestamp{} ? kStart : open->alive + kRound;
    days_ = DayBook(std::move(open->records), open->alive);
    // More rounds than anybody waits for: a parent that died must not leave this behind.
    for (int i = 0; i < 100'000; ++i) one_round();
    ::_exit(3);
  }

 private:
  void TestBody() override {}

  void one_round() {
    const auto phase = (now_ - kStart) / kRound % 14;
    const bool dark = phase >= 8;
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), !dark);
      ping(v, "example", host(1), true);
      if (!dark) trace(v, 0, v == 2 ? 1 : 0);
      trace(v, 1, 0);
    }
    core_->handle_tick(now_);
    days_.handle_snapshot(core_->snapshot(now_));
    Batch batch;
    batch.events = events();
    batch.baseline = core_->poll_baseline(now_);
    batch.paths = core_->poll_path_changes();
    batch.days = days_.poll_changed(1000);
    batch.alive = days_.latest();
    if (!store_.write(batch)) ::_exit(4);
    if (!batch.events.empty()) told_.events = batch.events.back().id;
    told_.alive = now_;
    if (::write(acknowledge_, &told_, sizeof told_) != sizeof told_) ::_exit(5);
    now_ += kRound;
  }

  Store& store_;
  int acknowledge_;
  DayBook days_;
  Acknowledged told_;
};

// The last that was acknowledged before the core was killed, which happens some time after `rounds`.
Acknowledged kill_after(const StoreOptions& options, int rounds) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Store store(options);
    Script(store, ends[1]).work();
  }
  ::close(ends[1]);
  Acknowledged told;
  Acknowledged last;
  for (int i = 0; i < rounds && ::read(ends[0], &told, sizeof told) == sizeof told; ++i) last = told;
  ::kill(child, SIGKILL);
  while (::read(ends[0], &told, sizeof told) == sizeof told) last = told;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the core gave up by itself: " << WEXITSTATUS(status);
  return last;
}

std::string integrity_of(const std::string& path) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  std::string answer;
  const auto note = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database, "PRAGMA integrity_check", note, &answer, nullptr), SQLITE_OK);
  sqlite3_close(database);
  return answer;
}

// Every block and target goes down and up in turns: a repetition or a loss would break the order.
void expect_in_turns(const std::vector<Event>& events) {
  std::map<std::string, bool> down;
  for (const Event& event : events) {
    const bool about_block = event.kind == EventKind::block_down || event.kind == EventKind::block_up;
    if (!about_block) continue;
    const std::string subject = to_string(*event.block);
    const bool goes_down = event.kind == EventKind::block_down;
    EXPECT_NE(down[subject], goes_down) << subject << ", event " << event.id;
    down[subject] = goes_down;
  }
}

// What the baseline has counted and holds is what the events say.
void expect_consistent(const resilience::Baseline& baseline, const std::vector<Event>& events) {
  if (baseline.targets.empty()) {
    EXPECT_TRUE(events.empty());
    return;
  }
  std::map<EventKind, std::uint64_t> counts;
  std::map<std::string, bool> down;
  for (const Event& event : events) {
    if (!event.target.empty()) ++counts[event.kind];
    if (event.kind == EventKind::block_down || event.kind == EventKind::block_up) {
      down[to_string(*event.block)] = event.kind == EventKind::block_down;
    }
  }
  for (const auto& [kind, count] : baseline.targets[0].events) EXPECT_EQ(count, counts[kind]) << to_string(kind);
  for (const resilience::BlockMemory& block : baseline.targets[0].blocks) {
    EXPECT_EQ(block.announced_down, down[to_string(block.block)]) << to_string(block.block);
  }
}

TEST_F(StoreTest, ACoreThatIsKilledAgainAndAgainRepeatsAndForgetsNothing) {
  std::mt19937 random(20171001);
  std::uniform_int_distribution<int> rounds(1, 60);
  EventQuery everything;
  everything.limit = 1'000'000;
  for (int kill = 0; kill < kKills; ++kill) {
    const Acknowledged told = kill_after(options(), rounds(random));
    ASSERT_EQ(integrity_of(path()), "ok");
    Store store(options());
    ASSERT_TRUE(store.open());
    const auto events = store.events(everything);
    const auto baseline = store.load();
    const auto open = store.open_days();
    ASSERT_TRUE(events && baseline && open);
    EXPECT_GE(events->size(), told.events);
    for (std::size_t i = 0; i < events->size(); ++i) ASSERT_EQ((*events)[i].id, i + 1);
    EXPECT_GE(open->alive, told.alive);
    expect_in_turns(*events);
    expect_consistent(*baseline, *events);
    // Every round is covered, but for the one between a kill and the first look after it.
    Duration covered{};
    const auto day = std::chrono::floor<std::chrono::days>(kStart);
    for (const auto& record :
         store.days({.target = "example", .block = {}, .first = day, .last = day + std::chrono::days(30)}).value()) {
      covered += record.covered();
    }
    EXPECT_EQ(covered, open->alive - kStart - kill * kRound);
    EXPECT_EQ(store.status().damaged, 0u);
  }
  Store store(options());
  EXPECT_GT(store.events(everything)->size(), 20u) << "the story was told";
}

}  // namespace
}  // namespace isthmus::store
