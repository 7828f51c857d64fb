#pragma once
// Names of targets and vantage points as numbers. Called on the connection's thread, within the store's locks.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/database.hpp"

namespace isthmus::store {

class NameTable {
 public:
  /// The number of a name; a new one is written within the caller's transaction.
  [[nodiscard]] Result<std::int64_t> number_of(Database& database, const std::string& name);
  /// After a transaction that was rolled back, and with it perhaps a new name.
  void forget() { numbers_.clear(); }

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;
};

/// The number of a name that is there; none otherwise.
[[nodiscard]] Result<std::optional<std::int64_t>> find_name(Database& database, const std::string& name);

/// All names by number.
[[nodiscard]] Result<std::unordered_map<std::int64_t, std::string>> read_names(Database& database);

}  // namespace isthmus::store
