#pragma once
// Fields of small JSON objects from strangers: one line, one object. Pure.

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {

/// The object that a line is; nothing when it is none.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view line);

/// Empty when missing, null, or no string.
[[nodiscard]] std::string_view find_text(const boost::json::object& object, std::string_view key);
/// A whole number that is not negative, or a string of its digits.
[[nodiscard]] std::optional<std::uint64_t> find_number(const boost::json::object& object, std::string_view key);
/// An AS number, as a number or a string; bad when it is missing.
[[nodiscard]] std::optional<BadField> find_asn(const boost::json::object& object, std::string_view key, Asn& asn);

/// Calls visit(text) for each string of an array of strings; a missing one is empty.
template <typename Visit>
void for_each_text(const boost::json::object& object, std::string_view key, Visit visit) {
  const boost::json::value* found = object.if_contains(key);
  if (found == nullptr || !found->is_array()) return;
  for (const boost::json::value& value : found->get_array()) {
    if (value.is_string()) visit(std::string_view(value.get_string()));
  }
}

}  // namespace isthmus::ip2as
