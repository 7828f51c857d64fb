#include "store/baseline_table.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "store/baseline_rows.hpp"

namespace isthmus::store {
namespace {

using resilience::Baseline;
using resilience::BaselineChanges;
using resilience::BlockMemory;
using resilience::Redundancy;
using resilience::TargetMemory;
using resilience::VantageMemory;

std::int64_t number(auto value) { return static_cast<std::int64_t>(value); }

// Writes rows through prepared statements; after the first failure the rest are skipped and `status` tells
// why.
class Writer {
 public:
  Writer(Database& database, NameTable& names) : database_(database), names_(names) {}

  Result<void> write(const BaselineChanges& changes) {
    for (const std::string& name : changes.removed_targets) {
      remove("DELETE FROM known_targets WHERE target = ?", name);
      remove("DELETE FROM known_blocks WHERE target = ?", name);
    }
    for (const std::string& name : changes.removed_vantages) {
      remove("DELETE FROM known_vantages WHERE vantage = ?", name);
    }
    remove_blocks(changes);
    write_targets(changes);
    auto vantages = statement("INSERT OR REPLACE INTO known_vantages VALUES (?,?,?,?)");
    for (const VantageMemory& vantage : changes.vantages) {
      const std::int64_t name = name_of(vantage.name);
      if (!status_) break;
      vantages->bind(name).bind(to_string(vantage.state)).bind(vantage.since).bind(events_to_json(vantage.events));
      run(*vantages);
    }
    return status_;
  }

 private:
  void write_targets(const BaselineChanges& changes) {
    auto targets = statement("INSERT OR REPLACE INTO known_targets VALUES (?,?,?,?,?)");
    auto blocks = statement("INSERT OR REPLACE INTO known_blocks VALUES (?,?,?,?,?,?,?,?,?,?)");
    for (const TargetMemory& target : changes.targets) {
      const std::int64_t name = name_of(target.name);
      if (!status_) return;
      targets->bind(name).bind(to_string(target.state)).bind(target.since).bind(number(target.redundancy));
      targets->bind(events_to_json(target.events));
      run(*targets);
      for (const BlockMemory& block : target.blocks) {
        if (!status_) return;
        blocks->bind(name).bind(to_string(block.block)).bind(to_string(block.state)).bind(block.since);
        blocks->bind(number(block.announced_down)).bind(number(block.learned)).bind(number(block.redundancy));
        blocks->bind(upstreams_to_json(block.upstreams)).bind(addresses_to_json(block.addresses));
        blocks->bind(hosts_to_json(block.hosts));
        run(*blocks);
      }
    }
  }

  void remove_blocks(const BaselineChanges& changes) {
    auto blocks = statement("DELETE FROM known_blocks WHERE target = ? AND block = ?");
    for (const auto& [target, block] : changes.removed_blocks) {
      const std::int64_t name = name_of(target);
      if (!status_) return;
      run(blocks->bind(name).bind(to_string(block)));
    }
  }

  void remove(const char* sql, const std::string& name) {
    auto rows = statement(sql);
    const std::int64_t known = name_of(name);
    if (status_) run(rows->bind(known));
  }

  std::int64_t name_of(const std::string& name) {
    if (!status_) return 0;
    const auto known = names_.number_of(database_, name);
    if (known) return *known;
    status_ = known.error();
    return 0;
  }

  std::optional<Statement> statement(const char* sql) {
    if (!status_) return std::nullopt;
    auto prepared = database_.prepare(sql);
    if (prepared) return std::move(*prepared);
    status_ = prepared.error();
    return std::nullopt;
  }

  void run(Statement& statement) {
    if (status_) status_ = statement.run();
  }

  Database& database_;
  NameTable& names_;
  Result<void> status_;
};

// Reads rows, checking every word.
class Reader {
 public:
  explicit Reader(Database& database) : database_(database) {}

  Result<Baseline> read() {
    auto names = read_names(database_);
    if (!names) return names.error();
    names_ = std::move(*names);
    rows("SELECT target, state, since, redundancy, events FROM known_targets ORDER BY target", [this](Statement& row) {
      index_[row.integer(0)] = baseline_.targets.size();
      baseline_.targets.push_back({.name = name(row.integer(0)),
                                   .state = state(row.text(1)),
                                   .since = row.time(2),
                                   .redundancy = redundancy(row.integer(3)),
                                   .blocks = {},
                                   .events = checked(events_from_json(row.text(4)), "event counts cannot be read")});
    });
    rows(
        "SELECT target, block, state, since, announced_down, learned, redundancy, upstreams, addresses,"
        " hosts FROM known_blocks",
        [this](Statement& row) { read_block(row); });
    rows("SELECT vantage, state, since, events FROM known_vantages ORDER BY vantage", [this](Statement& row) {
      baseline_.vantages.push_back(
          {.name = name(row.integer(0)),
           .state = checked(parse_vantage_state(row.text(1)), "a vantage point's state is unknown"),
           .since = row.time(2),
           .events = checked(events_from_json(row.text(3)), "event counts cannot be read")});
    });
    if (!status_) return status_.error();
    for (TargetMemory& target : baseline_.targets) std::ranges::sort(target.blocks, {}, &BlockMemory::block);
    return std::move(baseline_);
  }

 private:
  void read_block(const Statement& row) {
    const auto target = index_.find(row.integer(0));
    const auto prefix = Prefix::parse(row.text(1));
    expect(target != index_.end(), "a block belongs to nothing");
    expect(prefix.has_value(), "a block is no prefix");
    if (!status_) return;
    baseline_.targets[target->second].blocks.push_back(
        {.block = Block{*prefix},
         .state = state(row.text(2)),
         .since = row.time(3),
         .announced_down = row.integer(4) != 0,
         .learned = row.integer(5) != 0,
         .redundancy = redundancy(row.integer(6)),
         .upstreams = checked(upstreams_from_json(row.text(7)), "upstreams cannot be read"),
         .addresses = checked(addresses_from_json(row.text(8)), "addresses cannot be read"),
         .hosts = checked(hosts_from_json(row.text(9)), "hosts cannot be read")});
  }

  void rows(const char* sql, const std::function<void(Statement&)>& read_row) {
    if (!status_) return;
    auto select = database_.prepare(sql);
    if (!select) {
      status_ = select.error();
      return;
    }
    while (status_) {
      const auto row = select->step();
      if (!row) status_ = row.error();
      if (!row || !*row) return;
      read_row(*select);
    }
  }

  void expect(bool fine, const char* otherwise) {
    if (!status_ || fine) return;
    status_ = Error{ErrorCode::parse_failed, "read baseline of store " + database_.path(),
                    std::string(otherwise) + "; the file is damaged"};
  }

  template <typename T>
  T checked(std::optional<T> value, const char* otherwise) {
    expect(value.has_value(), otherwise);
    return value ? std::move(*value) : T{};
  }

  std::string name(std::int64_t number) {
    const auto found = names_.find(number);
    expect(found != names_.end(), "a row has no name");
    return found == names_.end() ? std::string() : found->second;
  }

  State state(const std::string& text) { return checked(parse_state(text), "a state is unknown"); }

  Redundancy redundancy(std::int64_t value) {
    const bool known = value >= number(Redundancy::never) && value <= number(Redundancy::lost);
    expect(known, "a redundancy is unknown");
    return known ? static_cast<Redundancy>(value) : Redundancy::never;
  }

  Database& database_;
  Result<void> status_;
  std::unordered_map<std::int64_t, std::string> names_;
  std::unordered_map<std::int64_t, std::size_t> index_;  // Of a target's number in the baseline.
  Baseline baseline_;
};

}  // namespace

Result<void> write_changes(Database& database, NameTable& names, const BaselineChanges& changes) {
  if (changes.empty()) return {};
  return Writer(database, names).write(changes);
}

Result<void> delete_baseline(Database& database) {
  return database.execute("DELETE FROM known_targets; DELETE FROM known_blocks; DELETE FROM known_vantages");
}

Result<Baseline> read_baseline(Database& database) {
  // One read transaction over all tables: a writer's commit in between must not show.
  if (const auto begun = database.execute("BEGIN"); !begun) return begun.error();
  auto baseline = Reader(database).read();
  const auto ended = database.execute("COMMIT");
  if (baseline && !ended) return ended.error();
  return baseline;
}

}  // namespace isthmus::store
