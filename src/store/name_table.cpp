#include "store/name_table.hpp"

namespace isthmus::store {

Result<std::int64_t> NameTable::number_of(Database& database, const std::string& name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  auto insert = database.prepare("INSERT OR IGNORE INTO names (name) VALUES (?)");
  if (!insert) return insert.error();
  if (const auto done = insert->bind(name).run(); !done) return done.error();
  const auto number = find_name(database, name);
  if (!number) return number.error();
  numbers_.emplace(name, **number);
  return **number;
}

Result<std::optional<std::int64_t>> find_name(Database& database, const std::string& name) {
  auto select = database.prepare("SELECT id FROM names WHERE name = ?");
  if (!select) return select.error();
  const auto row = select->bind(name).step();
  if (!row) return row.error();
  return *row ? std::optional(select->integer(0)) : std::nullopt;
}

Result<std::unordered_map<std::int64_t, std::string>> read_names(Database& database) {
  auto select = database.prepare("SELECT id, name FROM names");
  if (!select) return select.error();
  std::unordered_map<std::int64_t, std::string> names;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return names;
    names.emplace(select->integer(0), select->text(1));
  }
}

}  // namespace isthmus::store
