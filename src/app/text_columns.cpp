#include "app/text_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace isthmus::app {
namespace {

// Continuation bytes of UTF-8 take no column.
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the first `width` columns.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t column = 0; at < text.size(); ++at) {
    if (!continues(text[at]) && column++ == width) break;
  }
  return at;
}

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string fit(std::string text, std::size_t width) {
  text.resize(bytes_of(text, width));
  return text + std::string(width - columns(text), ' ');
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (columns(text) > width) {
    const std::size_t most = bytes_of(text, width);
    // A blank right after the line is a good place, too.
    const std::size_t blank = text.substr(0, most + 1).rfind(' ');
    const bool has_blank = blank != std::string_view::npos && blank > 0;
    const std::size_t end = has_blank ? blank : most;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + (has_blank ? 1 : 0));
  }
  lines.emplace_back(text);
  return lines;
}

std::string percent(double share) { return fmt::format("{:.0f}", std::round(share * 100)); }

std::string label_of(Asn asn, std::string_view name) {
  if (asn.is_none()) return "unknown";
  return name.empty() ? "AS" + to_string(asn) : fmt::format("AS{} {}", to_string(asn), name);
}

void write_estimate(formats::JsonWriter& json, std::string_view key, const resilience::ShareEstimate& share) {
  json.key(key).begin_object();
  json.field("estimate", share.estimate).field("low", share.low).field("high", share.high).end_object();
}

}  // namespace isthmus::app
