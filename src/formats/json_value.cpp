#include "formats/json_value.hpp"

#include <charconv>
#include <cmath>

#include "formats/record.hpp"

namespace isthmus::formats {
namespace {

template <typename Number>
std::optional<Number> read_all(std::string_view text) {
  Number number{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string_view> text_of(const JsonValue& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<std::int64_t> unusual_integer_of(const JsonValue& value) {
  const auto text = text_of(value);
  return text ? read_all<std::int64_t>(*text) : std::nullopt;
}

std::optional<double> unusual_number_of(const JsonValue& value) {
  double number = 0;
  if (value.get(number) == simdjson::SUCCESS) return number;
  const auto text = text_of(value);
  const auto quoted = text ? read_all<double>(*text) : std::nullopt;
  return quoted && std::isfinite(*quoted) ? quoted : std::nullopt;
}

std::optional<IpAddress> address_of(const JsonValue& value) {
  const auto text = text_of(value);
  if (!text) return std::nullopt;
  const auto address = IpAddress::parse(*text);
  return address ? std::optional(without_mapping(*address)) : std::nullopt;
}

const IpAddress& AddressReader::read(const JsonValue& value) {
  const auto text = text_of(value);
  if (text && !text->empty() && *text == text_) return address_;
  text_ = text.value_or("");
  address_ = known_or_none(address_of(value).value_or(IpAddress{}));
  return address_;
}

std::optional<JsonArray> array_of(const JsonValue& value) {
  JsonArray array;
  return value.get(array) == simdjson::SUCCESS ? std::optional(array) : std::nullopt;
}

std::optional<JsonObject> object_of(const JsonValue& value) {
  JsonObject object;
  return value.get(object) == simdjson::SUCCESS ? std::optional(object) : std::nullopt;
}

}  // namespace isthmus::formats
