#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

// Writes events and baselines without end, acknowledging every committed id through the pipe.
[[noreturn]] void write_for_ever(const StoreOptions& options, int acknowledge) {
  Store store(options);
  resilience::Baseline baseline = sample_baseline();
  for (std::int64_t second = 0;; ++second) {
    Event event = event_at(second);
    if (!append(store, event)) ::_exit(1);
    if (::write(acknowledge, &event.id, sizeof event.id) != sizeof event.id) ::_exit(2);
    // The two places of the baseline change together, so that a torn one would show.
    baseline.targets[0].since = baseline.vantages[0].since = at_second(second);
    if (!save(store, baseline)) ::_exit(3);
  }
}

// Kills a writer with SIGKILL after it acknowledged `count` ids; the last id that it acknowledged.
std::uint64_t kill_after(const StoreOptions& options, int count) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    write_for_ever(options, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t id = 0;
  std::uint64_t last = 0;
  for (int i = 0; i < count && ::read(ends[0], &id, sizeof id) == sizeof id; ++i) last = id;
  ::kill(child, SIGKILL);
  // What it wrote between the last reading and its death is acknowledged as well.
  while (::read(ends[0], &id, sizeof id) == sizeof id) last = id;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer gave up by itself: " << WEXITSTATUS(status);
  return last;
}

void expect_intact(const std::string& path) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  std::string answer;
  const auto note = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0];
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(database, "PRAGMA integrity_check", note, &answer, nullptr), SQLITE_OK);
  EXPECT_EQ(answer, "ok");
  sqlite3_close(database);
}

TEST_F(StoreTest, KilledWriterLosesNothingItAcknowledged) {
  for (const int count : {1, 2, 5, 20, 50}) {
    const std::uint64_t last = kill_after(options(), count);
    ASSERT_GT(last, 0u);
    expect_intact(path());
    Store store(options());
    ASSERT_TRUE(store.open());
    EventQuery all;
    all.limit = 100'000;
    const auto events = store.events(all);
    ASSERT_TRUE(events);
    // One more may have been committed just before the acknowledgement could be sent.
    ASSERT_GE(events->size(), last);
    ASSERT_LE(events->size(), last + 1);
    for (std::size_t i = 0; i < events->size(); ++i) ASSERT_EQ((*events)[i].id, i + 1);
    const auto baseline = store.load();
    ASSERT_TRUE(baseline) << to_string(baseline.error());
    if (!baseline->targets.empty()) {
      EXPECT_EQ(baseline->targets[0].since, baseline->vantages[0].since);
    }
  }
}

}  // namespace
}  // namespace isthmus::store
