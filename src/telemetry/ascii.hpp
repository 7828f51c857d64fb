#pragma once
// Words of HTTP, whose case means nothing (RFC 9110 section 5.6.2). Pure function; any thread.

#include <algorithm>
#include <string_view>

namespace isthmus::telemetry {

/// Own code because Beast's iequals (Boost 1.81) reads a byte behind the end where the last letters differ in case.
[[nodiscard]] inline bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace isthmus::telemetry
