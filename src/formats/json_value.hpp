#pragma once
// Typed access to bulk JSON from strangers, as simdjson parses it: nothing here throws or allocates. Views live as long
// as the parser's last document. Pure functions; any thread.

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
/// A whole number within the bounds, also as text: the oldest firmware quoted its numbers.
[[nodiscard]] std::optional<std::int64_t> integer_of(const JsonValue& value, std::int64_t low, std::int64_t high);
/// A finite number, also as text.
[[nodiscard]] std::optional<double> number_of(const JsonValue& value);
/// IPv4-mapped ones are IPv4.
[[nodiscard]] std::optional<IpAddress> address_of(const JsonValue& value);
/// Nothing when it is of another type.
[[nodiscard]] std::optional<JsonArray> array_of(const JsonValue& value);
[[nodiscard]] std::optional<JsonObject> object_of(const JsonValue& value);

}  // namespace isthmus::formats
