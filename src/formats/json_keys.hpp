#pragma once
// Reads a JSON object by a table that says what each known key sets; keys in any order, others skipped, null is
// missing. Pure functions; any thread.

#include <array>
#include <cstddef>
#include <string_view>

#include "formats/json_value.hpp"

namespace isthmus::formats {

template <typename Into>
struct JsonKey {
  std::string_view name;
  void (*set)(Into& into, const JsonValue& value);
};

/// The usual keys should come first: tables are searched from their start.
template <typename Into, std::size_t kSize>
void read_keys(const JsonObject& object, const std::array<JsonKey<Into>, kSize>& keys, Into& into) {
  for (const auto [name, value] : object) {
    for (const JsonKey<Into>& key : keys) {
      // Most names differ in these two already: that saves the call of memcmp.
      if (key.name.size() != name.size() || key.name.front() != name.front() || key.name != name) continue;
      if (!value.is_null()) key.set(into, value);
      break;
    }
  }
}

}  // namespace isthmus::formats
