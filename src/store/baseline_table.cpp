#include "store/baseline_table.hpp"

#include <functional>
#include <utility>

namespace isthmus::store {
namespace {

using resilience::AddressMemory;
using resilience::Baseline;
using resilience::BlockMemory;
using resilience::Redundancy;
using resilience::TargetMemory;
using resilience::UpstreamMemory;
using resilience::VantageMemory;

std::int64_t number(auto value) { return static_cast<std::int64_t>(value); }

// Writes rows through prepared statements; after the first failure the rest are skipped and `status` tells
// why.
class Writer {
 public:
  explicit Writer(Database& database) : database_(database) {}

  Result<void> write(const Baseline& baseline) {
    prepare();
    for (std::size_t i = 0; status_ && i < baseline.targets.size(); ++i) target(number(i), baseline.targets[i]);
    for (std::size_t i = 0; status_ && i < baseline.vantages.size(); ++i) vantage(number(i), baseline.vantages[i]);
    return status_;
  }

 private:
  void prepare() {
    targets_ = statement("INSERT INTO targets VALUES (?,?,?,?,?)");
    blocks_ = statement("INSERT INTO blocks VALUES (?,?,?,?,?,?,?,?)");
    upstreams_ = statement("INSERT INTO upstreams VALUES (?,?,?,?,?,?,?)");
    addresses_ = statement("INSERT INTO addresses VALUES (?,?,?,?,?)");
    target_counts_ = statement("INSERT INTO target_event_counts VALUES (?,?,?)");
    vantages_ = statement("INSERT INTO vantages VALUES (?,?,?,?)");
    vantage_counts_ = statement("INSERT INTO vantage_event_counts VALUES (?,?,?)");
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

  void target(std::int64_t position, const TargetMemory& target) {
    run(targets_->bind(position)
            .bind(target.name)
            .bind(to_string(target.state))
            .bind(target.since)
            .bind(number(target.redundancy)));
    for (std::size_t i = 0; i < target.blocks.size(); ++i) block(position, number(i), target.blocks[i]);
    for (std::size_t i = 0; i < target.addresses.size(); ++i) {
      const AddressMemory& known = target.addresses[i];
      run(addresses_->bind(position)
              .bind(number(i))
              .bind(known.vantage)
              .bind(to_string(known.address))
              .bind(known.answer_rate));
    }
    for (const auto& [kind, count] : target.events) {
      run(target_counts_->bind(position).bind(to_string(kind)).bind(number(count)));
    }
  }

  void block(std::int64_t target, std::int64_t position, const BlockMemory& block) {
    run(blocks_->bind(target)
            .bind(position)
            .bind(to_string(block.block))
            .bind(to_string(block.state))
            .bind(block.since)
            .bind(number(block.announced_down))
            .bind(number(block.learned))
            .bind(number(block.redundancy)));
    for (std::size_t i = 0; i < block.upstreams.size(); ++i) {
      const UpstreamMemory& upstream = block.upstreams[i];
      run(upstreams_->bind(target)
              .bind(position)
              .bind(number(i))
              .bind(number(upstream.asn.number))
              .bind(number(upstream.lost))
              .bind(upstream.first_seen)
              .bind(upstream.last_seen));
    }
  }

  void vantage(std::int64_t position, const VantageMemory& vantage) {
    run(vantages_->bind(position).bind(vantage.name).bind(to_string(vantage.state)).bind(vantage.since));
    for (const auto& [kind, count] : vantage.events) {
      run(vantage_counts_->bind(position).bind(to_string(kind)).bind(number(count)));
    }
  }

  Database& database_;
  Result<void> status_;
  std::optional<Statement> targets_, blocks_, upstreams_, addresses_, target_counts_, vantages_, vantage_counts_;
};

Error damaged(const Database& database, const std::string& what) {
  return Error{ErrorCode::parse_failed, "read baseline of store " + database.path(),
               what + "; the file is damaged. Move it away to start with a new one"};
}

// Reads rows, checking every word: a baseline that is wrong raises false events.
class Reader {
 public:
  explicit Reader(Database& database) : database_(database) {}

  Result<Baseline> read() {
    rows("SELECT position, name, state, since, redundancy FROM targets ORDER BY position", [this](Statement& row) {
      expect(row.integer(0) == number(baseline_.targets.size()), "targets are not numbered one by one");
      baseline_.targets.push_back(
          {row.text(1), state(row.text(2)), row.time(3), redundancy(row.integer(4)), {}, {}, {}});
    });
    read_blocks();
    read_addresses();
    rows("SELECT target, kind, count FROM target_event_counts", [this](Statement& row) {
      if (auto* target = target_at(row.integer(0))) count(target->events, row);
    });
    rows("SELECT position, name, state, since FROM vantages ORDER BY position", [this](Statement& row) {
      const auto parsed = parse_vantage_state(row.text(2));
      expect(parsed.has_value(), "a vantage point's state is unknown");
      baseline_.vantages.push_back({row.text(1), parsed.value_or(VantageState::unknown), row.time(3), {}});
    });
    rows("SELECT vantage, kind, count FROM vantage_event_counts", [this](Statement& row) {
      if (auto* vantage = at(baseline_.vantages, row.integer(0))) count(vantage->events, row);
    });
    if (!status_) return status_.error();
    return std::move(baseline_);
  }

 private:
  void read_blocks() {
    rows(
        "SELECT target, position, block, state, since, announced_down, learned, redundancy FROM blocks"
        " ORDER BY target, position",
        [this](Statement& row) {
          auto* target = target_at(row.integer(0));
          const auto prefix = Prefix::parse(row.text(2));
          expect(prefix.has_value(), "a block is no prefix");
          if (target == nullptr || !prefix) return;
          expect(row.integer(1) == number(target->blocks.size()), "blocks are not numbered one by one");
          target->blocks.push_back({Block{*prefix},
                                    state(row.text(3)),
                                    row.time(4),
                                    row.integer(5) != 0,
                                    row.integer(6) != 0,
                                    redundancy(row.integer(7)),
                                    {}});
        });
    rows(
        "SELECT target, block, asn, lost, first_seen, last_seen FROM upstreams ORDER BY target, block, "
        "position",
        [this](Statement& row) {
          auto* target = target_at(row.integer(0));
          auto* block = target == nullptr ? nullptr : at(target->blocks, row.integer(1));
          if (block == nullptr) return;
          block->upstreams.push_back(
              {Asn{static_cast<std::uint32_t>(row.integer(2))}, row.integer(3) != 0, row.time(4), row.time(5)});
        });
  }

  void read_addresses() {
    rows("SELECT target, vantage, address, answer_rate FROM addresses ORDER BY target, position",
         [this](Statement& row) {
           auto* target = target_at(row.integer(0));
           const auto address = IpAddress::parse(row.text(2));
           expect(address.has_value(), "an address cannot be read");
           if (target != nullptr && address) target->addresses.push_back({row.text(1), *address, row.number(3)});
         });
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
    if (status_ && !fine) status_ = damaged(database_, otherwise);
  }

  template <typename T>
  T* at(std::vector<T>& items, std::int64_t position) {
    const bool inside = position >= 0 && position < number(items.size());
    expect(inside, "a row belongs to nothing");
    return inside ? &items[static_cast<std::size_t>(position)] : nullptr;
  }
  TargetMemory* target_at(std::int64_t position) { return at(baseline_.targets, position); }

  State state(const std::string& text) {
    const auto parsed = parse_state(text);
    expect(parsed.has_value(), "a state is unknown");
    return parsed.value_or(State::unknown);
  }

  Redundancy redundancy(std::int64_t value) {
    const bool known = value >= number(Redundancy::never) && value <= number(Redundancy::lost);
    expect(known, "a redundancy is unknown");
    return known ? static_cast<Redundancy>(value) : Redundancy::never;
  }

  void count(std::map<EventKind, std::uint64_t>& counts, const Statement& row) {
    const auto kind = parse_event_kind(row.text(1));
    expect(kind.has_value(), "an event kind is unknown");
    if (kind) counts[*kind] = static_cast<std::uint64_t>(row.integer(2));
  }

  Database& database_;
  Result<void> status_;
  Baseline baseline_;
};

}  // namespace

Result<void> write_baseline(Database& database, const Baseline& baseline) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto cleared = database.execute(
      "DELETE FROM targets; DELETE FROM blocks; DELETE FROM upstreams; DELETE FROM addresses;"
      "DELETE FROM target_event_counts; DELETE FROM vantages; DELETE FROM vantage_event_counts");
  if (!cleared) return cleared.error();
  if (const auto written = Writer(database).write(baseline); !written) return written.error();
  return transaction->commit();
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
