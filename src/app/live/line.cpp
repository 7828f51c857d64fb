#include "app/live/line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cwchar>

#include "app/text_columns.hpp"
#include "isthmus/formats/utf8.hpp"

namespace isthmus::app {
namespace {

const char* sequence_of(Style style) {
  switch (style) {
    case Style::plain: return "";
    case Style::dim: return "\033[2m";
    case Style::bold: return "\033[1m";
    case Style::heading: return "\033[7m";
    case Style::good: return "\033[32m";
    case Style::warning: return "\033[33m";
    case Style::bad: return "\033[31m";
  }
  return "";
}

// Bytes of the character that begins here; the text is valid UTF-8.
std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

wchar_t code_point_of(std::string_view character) {
  if (character.size() == 1) return static_cast<wchar_t>(character[0]);
  const unsigned bits = 0x7fU >> character.size();
  unsigned value = static_cast<unsigned char>(character[0]) & bits;
  for (const char byte : character.substr(1)) value = value << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
  return static_cast<wchar_t>(value);
}

bool is_printable(std::string_view character, Charset charset) {
  if (character.size() == 1) return character[0] >= ' ' && character[0] <= '~';
  return charset == Charset::utf8 && ::wcwidth(code_point_of(character)) == 1;
}

}  // namespace

std::string plain(const Line& line) {
  std::string text;
  for (const Span& span : line) text += span.text;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string ansi(const Line& line, std::size_t width, bool color) {
  std::string text;
  for (const Span& span : line) {
    const std::size_t taken = std::min(columns(span.text), width);
    width -= taken;
    const char* sequence = color ? sequence_of(span.style) : "";
    text += sequence + fit(span.text, taken) + (*sequence != 0 ? "\033[0m" : "");
  }
  return text;
}

std::string printable(std::string_view text, Charset charset) {
  const std::string valid = formats::valid_utf8(text);
  std::string result;
  for (std::size_t at = 0; at < valid.size();) {
    const std::string_view character = std::string_view(valid).substr(at, length_of(valid[at]));
    result += is_printable(character, charset) ? character : "?";
    at += character.size();
  }
  return result;
}

std::string fitted(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return fit(std::string(text), width);
  return width == 0 ? "" : fit(std::string(text), width - 1) + "~";
}

std::string fitted_right(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return taken < width ? std::string(width - taken, ' ') + std::string(text) : fitted(text, width);
}

std::string short_rtt(double milliseconds) {
  // Limits lie where rounding would need one column more.
  if (milliseconds < 9.9995) return fmt::format("{:.3f}", milliseconds);
  if (milliseconds < 99.995) return fmt::format("{:.2f}", milliseconds);
  if (milliseconds < 999.95) return fmt::format("{:.1f}", milliseconds);
  return fmt::format("{:.0f}", milliseconds);
}

std::string short_loss(std::uint64_t lost, std::uint64_t sent) {
  if (sent == 0) return "";
  const double share = 100.0 * static_cast<double>(lost) / static_cast<double>(sent);
  if (lost == 0) return "0%";
  if (lost == sent) return "100%";
  if (share < 9.95) return fmt::format("{:.1f}%", std::max(share, 0.1));
  return fmt::format("{:.0f}%", std::min(share, 99.0));
}

std::string short_time(double seconds) {
  const auto whole = static_cast<long>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::size_t columns_that_fit(const std::vector<Column>& columns, std::size_t taken, std::size_t width) {
  std::size_t count = 0;
  for (const Column& column : columns) {
    if (column.width > 0) taken += 1 + column.width;
    if (taken > width) break;
    ++count;
  }
  return count;
}

Line between_edges(std::string_view left, std::string_view right, std::size_t width, Style style) {
  constexpr std::size_t kLeastLeft = 20;
  const std::size_t taken = columns(right) + 2;
  if (width < kLeastLeft + taken) return {{fitted(left, width), style}};
  return {{fitted(left, width - taken) + "  " + std::string(right), style}};
}

}  // namespace isthmus::app
