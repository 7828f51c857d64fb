#include "store/retention.hpp"

#include <algorithm>
#include <chrono>

#include "store/day_table.hpp"
#include "store/event_table.hpp"
#include "store/late_table.hpp"
#include "store/path_table.hpp"

namespace isthmus::store {
namespace {

// Bounds how long one expire() keeps the file locked: rows of each kind, and pages given back.
constexpr std::size_t kExpireBatch = 500;
constexpr const char* kGiveBack = "PRAGMA incremental_vacuum(256)";
// Free pages are kept for what comes, up to this part of the file, and a megabyte in any case.
constexpr std::int64_t kSparePart = 8;
constexpr std::int64_t kSparePages = 256;

}  // namespace

Result<void> delete_old(Database& database, const StoreOptions& options, Timestamp now, Expired& expired) {
  using std::chrono::days;
  using std::chrono::floor;
  const auto note = [&](std::uint64_t& count, const Result<std::uint64_t>& gone) -> Result<void> {
    if (!gone) return gone.error();
    count += *gone;
    expired.more = expired.more || *gone == kExpireBatch;
    return {};
  };
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (options.retention > Duration::zero()) {
    const Timestamp end = now - options.retention;
    if (auto done = note(expired.events, delete_events(database, end, kExpireBatch)); !done) return done;
    if (auto done = note(expired.path_changes, delete_path_changes(database, end, kExpireBatch)); !done) return done;
  }
  for (const bool of_blocks : {false, true}) {
    const Duration kept = of_blocks ? options.daily_block_retention : options.daily_retention;
    if (kept == Duration::zero()) continue;
    const auto gone = delete_days(database, floor<days>(now - kept), of_blocks, kExpireBatch);
    if (auto done = note(expired.days, gone); !done) return done;
    if (!of_blocks) continue;
    const auto late = delete_late(database, floor<days>(now - kept), kExpireBatch);
    if (auto done = note(expired.days, late); !done) return done;
  }
  return transaction->commit();
}

Result<void> give_back(Database& database, Expired& expired) {
  const auto spare = database.integer("PRAGMA freelist_count");
  const auto pages = database.integer("PRAGMA page_count");
  if (!spare) return spare.error();
  if (!pages) return pages.error();
  if (*spare <= std::max(kSparePages, *pages / kSparePart)) return {};
  if (const auto done = database.execute(kGiveBack); !done) return done.error();
  const auto left = database.integer("PRAGMA freelist_count");
  // A file that cannot shrink must not be tried every second.
  expired.more = expired.more || (left && *left < *spare);
  return {};
}

}  // namespace isthmus::store
