#include "ip2as/source_text.hpp"

#include <algorithm>
#include <string>

namespace isthmus::ip2as {
namespace {

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

// The first word of the text, which is taken off it.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlank = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<BadField> add_origin(std::string_view text, SourceLine& into) {
  return read_asn(text, into.origins.emplace_back());
}

std::optional<BadField> read_range(std::string_view first, std::string_view last, SourceLine& into) {
  if (all_digits(first)) {
    return BadField{"gives addresses as plain numbers; use the file without '-num' in its name"};
  }
  const auto first_address = read_address(first);
  if (!first_address) return BadField{quoted(first) + " is not an IP address"};
  const auto last_address = read_address(last);
  if (!last_address) return BadField{quoted(last) + " is not an IP address"};
  if (first_address->family() != last_address->family()) return BadField{"mixes IPv4 and IPv6 in one range"};
  if (*last_address < *first_address) {
    return BadField{"the range runs backwards, from " + to_string(*first_address) + " to " + to_string(*last_address)};
  }
  into.first = *first_address;
  into.last = *last_address;
  into.length = -1;
  return std::nullopt;
}

std::optional<BadField> parse_csv(std::string_view line, SourceLine& into) {
  const std::size_t comma1 = line.find(',');
  const std::size_t comma2 = comma1 == std::string_view::npos ? comma1 : line.find(',', comma1 + 1);
  if (comma2 == std::string_view::npos) return BadField{"has fewer than the three fields first,last,asn"};
  const std::size_t comma3 = std::min(line.find(',', comma2 + 1), line.size());
  if (auto bad = read_range(line.substr(0, comma1), line.substr(comma1 + 1, comma2 - comma1 - 1), into)) return bad;
  if (auto bad = add_origin(line.substr(comma2 + 1, comma3 - comma2 - 1), into)) return bad;
  if (comma3 < line.size()) into.name = line.substr(comma3 + 1);
  if (!well_quoted(into.name)) return BadField{"the organisation " + quoted(into.name) + " is not quoted properly"};
  return std::nullopt;
}

std::optional<BadField> set_prefix(std::optional<BadField> bad, const Prefix& prefix, SourceLine& into) {
  if (bad) return bad;
  into.first = into.last = prefix.address();
  into.length = prefix.length();
  return std::nullopt;
}

std::optional<BadField> parse_pyasn(std::string_view line, SourceLine& into) {
  Prefix prefix;
  const std::string_view text = take_word(line);
  if (auto bad = set_prefix(read_prefix(text, prefix), prefix, into)) return bad;
  const std::string_view asn = take_word(line);
  if (asn.empty()) return BadField{"has no AS number behind the prefix " + quoted(text)};
  if (auto bad = add_origin(asn, into)) return bad;
  if (!take_word(line).empty()) return BadField{"has more behind the AS number"};
  return std::nullopt;
}

std::optional<BadField> parse_pfx2as(std::string_view line, SourceLine& into) {
  Prefix prefix;
  const std::string_view address = take_word(line);
  const std::string_view length = take_word(line);
  std::string_view origins = take_word(line);
  if (origins.empty()) return BadField{"has fewer than the three fields address, length, AS number"};
  if (auto bad = set_prefix(read_prefix(address, length, prefix), prefix, into)) return bad;
  while (!origins.empty()) {
    const std::size_t end = std::min(origins.find_first_of("_,"), origins.size());
    if (auto bad = add_origin(origins.substr(0, end), into)) return bad;
    origins.remove_prefix(std::min(end + 1, origins.size()));
  }
  if (!take_word(line).empty()) return BadField{"has more behind the AS number"};
  return std::nullopt;
}

std::optional<BadField> parse_override(std::string_view line, SourceLine& into) {
  line = line.substr(0, line.find('#'));
  Prefix prefix;
  const std::string_view text = take_word(line);
  if (auto bad = set_prefix(read_prefix(text, prefix), prefix, into)) return bad;
  std::string_view asn = take_word(line);
  if (asn.empty()) return BadField{"has no AS number behind the prefix; write " + std::string(text) + " AS64496 # why"};
  if (asn.starts_with("AS") || asn.starts_with("as")) asn.remove_prefix(2);
  if (auto bad = add_origin(asn, into)) return bad;
  if (!take_word(line).empty()) return BadField{"has more behind the AS number; comments begin with #"};
  return std::nullopt;
}

}  // namespace

std::optional<BadField> parse_line(std::string_view line, PrefixLines format, SourceLine& into) {
  into.origins.clear();
  into.name = {};
  switch (format) {
    case PrefixLines::csv: return parse_csv(line, into);
    case PrefixLines::pyasn: return parse_pyasn(line, into);
    case PrefixLines::pfx2as: return parse_pfx2as(line, into);
    case PrefixLines::overrides: return parse_override(line, into);
  }
  return BadField{"is in no known format"};
}

}  // namespace isthmus::ip2as
