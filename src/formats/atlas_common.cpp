#include "formats/atlas_common.hpp"

#include <charconv>

namespace isthmus::formats {

std::string_view own_text(const AtlasFields& fields, std::string_view key) {
  JsonValue value;
  if (!fields.own || fields.own->at_key(key).get(value) != simdjson::SUCCESS) return {};
  return text_of(value).value_or("");
}

std::optional<Timestamp> own_time(const AtlasFields& fields, std::string_view key) {
  JsonValue value;
  if (!fields.own || fields.own->at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  // From 1970 on, like the seconds beside it: what is read must be writable again.
  const auto exact = integer_of(value, 0, kMaxUnixNanoseconds);
  return exact ? std::optional(Timestamp(Duration(*exact))) : std::nullopt;
}

bool is_seen_from_unknown(const AtlasFields& fields) {
  JsonValue value;
  return fields.own && fields.own->at_key("seen_from").get(value) == simdjson::SUCCESS && value.is_null();
}

void set_vantage(const AtlasFields& fields, std::string& into) {
  into = fields.vantage;
  if (!into.empty() || !fields.probe_id) return;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, *fields.probe_id).ptr;
  into.assign("atlas-").append(digits, end);
}

}  // namespace isthmus::formats
