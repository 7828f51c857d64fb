#pragma once
// Typed access to bulk JSON from strangers, as simdjson parses it: nothing here throws or allocates. Views live as long
// as the parser's last document. Pure functions, where nothing else is said; any thread.

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "isthmus/model/address.hpp"

namespace isthmus::formats {

using JsonValue = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;

/// Nothing when it is no text.
[[nodiscard]] std::optional<std::string_view> text_of(const JsonValue& value);

/// What integer_of() and number_of() make of a value that is not simply such a number.
[[nodiscard]] std::optional<std::int64_t> unusual_integer_of(const JsonValue& value);
[[nodiscard]] std::optional<double> unusual_number_of(const JsonValue& value);

/// A whole number within the bounds, also as text: the oldest firmware quoted its numbers.
[[nodiscard]] inline std::optional<std::int64_t> integer_of(const JsonValue& value, std::int64_t low,
                                                            std::int64_t high) {
  if (value.is_int64()) {
    const std::int64_t number = value.get_int64().value_unsafe();
    if (number < low || number > high) return std::nullopt;
    return number;
  }
  const auto number = unusual_integer_of(value);
  return number && *number >= low && *number <= high ? number : std::nullopt;
}
/// A finite number, also as text.
[[nodiscard]] inline std::optional<double> number_of(const JsonValue& value) {
  if (value.is_double()) return value.get_double().value_unsafe();
  return unusual_number_of(value);
}

/// IPv4-mapped ones are IPv4.
[[nodiscard]] std::optional<IpAddress> address_of(const JsonValue& value);
/// Nothing when it is of another type.
[[nodiscard]] std::optional<JsonArray> array_of(const JsonValue& value);
[[nodiscard]] std::optional<JsonObject> object_of(const JsonValue& value);

/// Reads addresses of one document, most of which are what the one before was. One thread.
class AddressReader {
 public:
  /// 0.0.0.0 when it is none, or says that there is none.
  [[nodiscard]] const IpAddress& read(const JsonValue& value);

 private:
  std::string_view text_;
  IpAddress address_;
};

}  // namespace isthmus::formats
