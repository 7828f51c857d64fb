#pragma once
// Finds which of a few known keys a JSON key is. Pure functions; any thread.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace isthmus::formats {

/// Known keys of one kind of object, the usual ones first.
template <typename Key, std::size_t kSize>
using KeyTable = std::array<std::pair<std::string_view, Key>, kSize>;

template <typename Key, std::size_t kSize>
[[nodiscard]] std::optional<Key> find_key(const KeyTable<Key, kSize>& table, std::string_view key) {
  for (const auto& [name, known] : table) {
    if (name == key) return known;
  }
  return std::nullopt;
}

}  // namespace isthmus::formats
