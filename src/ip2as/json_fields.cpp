#include "ip2as/json_fields.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace isthmus::ip2as {

std::optional<boost::json::object> parse_object(std::string_view line) {
  boost::json::error_code status;
  boost::json::value value = boost::json::parse(line, status);
  if (status || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string_view find_text(const boost::json::object& object, std::string_view key) {
  const boost::json::value* found = object.if_contains(key);
  if (found == nullptr || !found->is_string()) return {};
  return found->get_string();
}

std::optional<std::uint64_t> find_number(const boost::json::object& object, std::string_view key) {
  const boost::json::value* found = object.if_contains(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_int64() && found->get_int64() >= 0) return static_cast<std::uint64_t>(found->get_int64());
  std::uint64_t number = 0;
  if (found->is_string() && read_number(std::string_view(found->get_string()), number)) return number;
  return std::nullopt;
}

std::optional<BadField> find_asn(const boost::json::object& object, std::string_view key, Asn& asn) {
  const boost::json::value* found = object.if_contains(key);
  if (found == nullptr) return BadField{"has no '" + std::string(key) + "'"};
  return read_asn(found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found), asn);
}

}  // namespace isthmus::ip2as
