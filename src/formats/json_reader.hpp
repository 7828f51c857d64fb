#pragma once
// Typed access to parsed JSON from strangers: every step is checked, nothing throws. Pure functions; any
// thread.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::formats {

[[nodiscard]] Error json_error(std::string_view what, std::string detail);

/// A whole document that must be an object; `what` names it in the error.
[[nodiscard]] Result<boost::json::value> parse_object(std::string_view text, std::string_view what);

/// nullptr when the key is missing or null.
[[nodiscard]] const boost::json::value* find(const boost::json::object& object, std::string_view key);
/// Nothing when missing or of another type.
[[nodiscard]] std::optional<std::string> find_string(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::optional<double> find_number(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> find_integer(const boost::json::object& object, std::string_view key,
                                                       std::int64_t low, std::int64_t high);
[[nodiscard]] std::optional<IpAddress> find_address(const boost::json::object& object, std::string_view key);
[[nodiscard]] const boost::json::array* find_array(const boost::json::object& object, std::string_view key);
[[nodiscard]] const boost::json::object* find_object(const boost::json::object& object, std::string_view key);

}  // namespace isthmus::formats
