#include "ip2as/text_fields.hpp"

#include <algorithm>
#include <cstdint>

namespace isthmus::ip2as {
namespace {

constexpr std::size_t kQuotedInErrors = 60;
constexpr std::uint32_t kLastAsn = 4294967295;

// Strict dotted quad. The general parser copies its input for inet_pton, which costs too much a million times over.
bool read_quad(std::string_view text, std::uint32_t& value) {
  std::size_t pos = 0;
  value = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (pos >= text.size() || text[pos++] != '.')) return false;
    const std::size_t start = pos;
    unsigned number = 0;
    while (pos < text.size() && pos - start < 3 && text[pos] >= '0' && text[pos] <= '9') {
      number = number * 10 + static_cast<unsigned>(text[pos++] - '0');
    }
    const bool leading_zero = pos - start > 1 && text[start] == '0';
    if (pos == start || leading_zero || number > 255) return false;
    value = (value << 8) | number;
  }
  return pos == text.size();
}

// Length of the UTF-8 sequence at the start of the text (RFC 3629 section 4), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and code points beyond U+10FFFF.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

}  // namespace

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, kQuotedInErrors)) + (text.size() > kQuotedInErrors ? "...'" : "'");
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<IpAddress> read_address(std::string_view text) {
  std::uint32_t value = 0;
  if (read_quad(text, value)) return IpAddress::v4(value);
  const auto address = IpAddress::parse(text);
  return address ? std::optional(*address) : std::nullopt;
}

std::optional<BadField> read_asn(std::string_view text, Asn& asn) {
  if (!read_number(text, asn.number)) {
    const std::size_t dot = text.find('.');
    std::uint16_t high = 0;
    std::uint16_t low = 0;
    if (dot == std::string_view::npos || !read_number(text.substr(0, dot), high) ||
        !read_number(text.substr(dot + 1), low)) {
      return BadField{quoted(text) + " is not an AS number"};
    }
    asn.number = (std::uint32_t{high} << 16) | low;
  }
  if (asn.number != 0 && asn.number != kLastAsn) return std::nullopt;
  return BadField{"AS " + std::string(text) + " names no network"};
}

std::optional<BadField> read_prefix(std::string_view address, std::string_view length, Prefix& prefix) {
  const auto first = read_address(address);
  if (!first) return BadField{quoted(address) + " is not an IP address"};
  int bits = -1;
  if (!read_number(length, bits) || bits < 0 || bits > first->width()) {
    return BadField{"the length of " + quoted(std::string(address) + "/" + std::string(length)) + " must be 0 to " +
                    std::to_string(first->width())};
  }
  prefix = Prefix(*first, bits);
  if (prefix.address() == *first) return std::nullopt;
  return BadField{quoted(std::string(address) + "/" + std::string(length)) + " has host bits set, it would be " +
                  to_string(prefix)};
}

std::optional<BadField> read_prefix(std::string_view text, Prefix& prefix) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return BadField{quoted(text) + " is not a prefix such as 192.0.2.0/24"};
  return read_prefix(text.substr(0, slash), text.substr(slash + 1), prefix);
}

void split(std::string_view text, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    fields.push_back(text.substr(0, end));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

void split_words(std::string_view text, std::vector<std::string_view>& words) {
  constexpr std::string_view kBlank = " \t";
  words.clear();
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) return;
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string unquote(std::string_view field) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
  std::string text;
  for (std::string_view rest = field.substr(1, field.size() - 2); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.starts_with("\"\"")) rest.remove_prefix(1);
    text += rest.front();
  }
  return text;
}

std::string to_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    valid += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

}  // namespace isthmus::ip2as
