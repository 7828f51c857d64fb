#include "formats/json_reader.hpp"

#include <boost/json/parse.hpp>
#include <utility>

namespace isthmus::formats {

Error json_error(std::string_view what, std::string detail) {
  return Error{ErrorCode::parse_failed, "read " + std::string(what), std::move(detail)};
}

Result<boost::json::value> parse_object(std::string_view text, std::string_view what) {
  boost::system::error_code status;
  boost::json::value value = boost::json::parse(text, status);
  if (status) return json_error(what, "not valid JSON: " + status.message());
  if (!value.is_object()) return json_error(what, "a JSON object was expected");
  return value;
}

const boost::json::value* find(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

std::optional<std::string> find_string(const boost::json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string().begin(), value->get_string().end());
}

std::optional<double> find_number(const boost::json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code status;
  const double number = value->to_number<double>(status);
  return status ? std::nullopt : std::optional(number);
}

std::optional<std::int64_t> find_integer(const boost::json::object& object, std::string_view key, std::int64_t low,
                                         std::int64_t high) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code status;
  const auto number = value->to_number<std::int64_t>(status);
  if (status || number < low || number > high) return std::nullopt;
  return number;
}

std::optional<IpAddress> find_address(const boost::json::object& object, std::string_view key) {
  const auto text = find_string(object, key);
  if (!text) return std::nullopt;
  const auto address = IpAddress::parse(*text);
  return address ? std::optional(*address) : std::nullopt;
}

const boost::json::array* find_array(const boost::json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value == nullptr ? nullptr : value->if_array();
}

const boost::json::object* find_object(const boost::json::object& object, std::string_view key) {
  const auto* value = find(object, key);
  return value == nullptr ? nullptr : value->if_object();
}

}  // namespace isthmus::formats
