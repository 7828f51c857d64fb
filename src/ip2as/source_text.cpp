#include "ip2as/source_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace isthmus::ip2as {
namespace {

constexpr std::size_t kQuotedInErrors = 60;

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, kQuotedInErrors)) + (text.size() > kQuotedInErrors ? "...'" : "'");
}

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

Result<IpAddress> read_address(std::string_view text) {
  std::uint32_t value = 0;
  if (read_quad(text, value)) return IpAddress::v4(value);
  return IpAddress::parse(text);
}

template <typename Integer>
bool read_number(std::string_view text, Integer& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size();
}

BadLine bad_asn(std::string_view text) { return BadLine{quoted(text) + " is not an AS number from 0 to 4294967295"}; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A quoted field opens and closes with '"' and doubles every '"' in between (RFC 4180); others hold no '"' or ','.
bool well_quoted(std::string_view field) {
  if (field.empty() || field.front() != '"') return field.find_first_of("\",") == std::string_view::npos;
  if (field.size() < 2 || field.back() != '"') return false;
  const std::string_view inside = field.substr(1, field.size() - 2);
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '"') continue;
    if (i + 1 == inside.size() || inside[i + 1] != '"') return false;
    ++i;
  }
  return true;
}

std::optional<BadLine> parse_csv(std::string_view line, SourceLine& into) {
  const std::size_t comma1 = line.find(',');
  const std::size_t comma2 = comma1 == std::string_view::npos ? comma1 : line.find(',', comma1 + 1);
  if (comma2 == std::string_view::npos) return BadLine{"has fewer than the three fields first,last,asn"};
  const std::size_t comma3 = std::min(line.find(',', comma2 + 1), line.size());
  const std::string_view first = line.substr(0, comma1);
  const std::string_view last = line.substr(comma1 + 1, comma2 - comma1 - 1);
  const std::string_view asn = line.substr(comma2 + 1, comma3 - comma2 - 1);
  if (all_digits(first)) {
    return BadLine{"gives addresses as plain numbers; use the file without '-num' in its name"};
  }
  const auto first_address = read_address(first);
  if (!first_address) return BadLine{quoted(first) + " is not an IP address"};
  const auto last_address = read_address(last);
  if (!last_address) return BadLine{quoted(last) + " is not an IP address"};
  if (first_address->family() != last_address->family()) return BadLine{"mixes IPv4 and IPv6 in one range"};
  if (*last_address < *first_address) {
    return BadLine{"the range runs backwards, from " + to_string(*first_address) + " to " + to_string(*last_address)};
  }
  into = SourceLine{.first = *first_address, .last = *last_address};
  if (!read_number(asn, into.asn.number)) return bad_asn(asn);
  if (comma3 < line.size()) into.name = line.substr(comma3 + 1);
  if (!well_quoted(into.name)) return BadLine{"the organisation " + quoted(into.name) + " is not quoted properly"};
  return std::nullopt;
}

std::optional<BadLine> parse_pyasn(std::string_view line, SourceLine& into) {
  const std::size_t gap = line.find_first_of("\t ");
  if (gap == std::string_view::npos) return BadLine{"has no tab between prefix and AS number: " + quoted(line)};
  const std::string_view prefix = line.substr(0, gap);
  const std::string_view asn = line.substr(std::min(line.find_first_not_of("\t ", gap), line.size()));
  const std::size_t slash = prefix.find('/');
  if (slash == std::string_view::npos) return BadLine{quoted(prefix) + " is not a prefix such as 192.0.2.0/24"};
  const auto address = read_address(prefix.substr(0, slash));
  if (!address) return BadLine{quoted(prefix) + " does not start with an IP address"};
  int length = -1;
  if (!read_number(prefix.substr(slash + 1), length) || length < 0 || length > address->width()) {
    return BadLine{"the length of " + quoted(prefix) + " must be 0 to " + std::to_string(address->width())};
  }
  const Prefix cut(*address, length);
  if (cut.address() != *address) return BadLine{quoted(prefix) + " has host bits set, it would be " + to_string(cut)};
  into = SourceLine{.first = *address, .last = *address, .length = length};
  if (!read_number(asn, into.asn.number)) return bad_asn(asn);
  return std::nullopt;
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

bool is_data(std::string_view line) { return !line.empty() && line.front() != ';' && line.front() != '#'; }

Format detect_format(std::string_view data_line) {
  return data_line.find(',') != std::string_view::npos ? Format::csv : Format::pyasn;
}

std::optional<BadLine> parse_line(std::string_view line, Format format, SourceLine& into) {
  return format == Format::csv ? parse_csv(line, into) : parse_pyasn(line, into);
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
