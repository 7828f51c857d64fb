#pragma once
// Appends JSON to a string. Boost.JSON reads, this writes: Boost 1.81 prints 0.5 as 5E-1 and passes bytes
// that are not UTF-8 through. Not shared between threads.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::formats {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);  ///< Shortest exact text; null when not finite.
  JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) JsonWriter& value(Number number) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return raw({buffer, static_cast<std::size_t>(end - buffer)});
  }
  JsonWriter& value(Asn asn) { return asn.is_none() ? null() : value(asn.number); }
  JsonWriter& value(Timestamp time);  ///< RFC 3339; null when it never was.
  JsonWriter& null() { return raw("null"); }
  /// A complete JSON value made elsewhere.
  JsonWriter& raw(std::string_view json);

  template <typename T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }
  /// Empty text becomes null.
  JsonWriter& field_or_null(std::string_view name, std::string_view text) {
    key(name);
    return text.empty() ? null() : value(text);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void append_quoted(std::string_view text);

  std::string out_;
  bool needs_comma_{false};
};

}  // namespace isthmus::formats
