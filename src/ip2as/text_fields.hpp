#pragma once
// Fields of text lines: numbers, addresses, prefixes, AS numbers, names. Pure; points into the text it is given.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

/// Why a field cannot be what it should.
struct BadField {
  std::string why;
};

/// The field between quotation marks, shortened when it is long.
[[nodiscard]] std::string quoted(std::string_view text);

template <typename Integer>
[[nodiscard]] bool read_number(std::string_view text, Integer& value) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} && end == text.data() + text.size() && !text.empty();
}

[[nodiscard]] bool all_digits(std::string_view text);

/// An address as IpAddress::parse takes it, faster for IPv4.
[[nodiscard]] std::optional<IpAddress> read_address(std::string_view text);

/// An AS number that can name a network, 1 to 4294967294: plain (RFC 5396 asplain), or with a dot (asdot+), as old
/// files have it. 0 (RFC 7607) and the last one (RFC 7300) are bad, since no record can be about them.
[[nodiscard]] std::optional<BadField> read_asn(std::string_view text, Asn& asn);

/// Address and length of a prefix: no host bits, not longer than its family.
[[nodiscard]] std::optional<BadField> read_prefix(std::string_view address, std::string_view length, Prefix& prefix);
/// The same in one field, "192.0.2.0/24".
[[nodiscard]] std::optional<BadField> read_prefix(std::string_view text, Prefix& prefix);

/// Splits at each separator; keeps empty fields.
void split(std::string_view text, char separator, std::vector<std::string_view>& fields);
/// Splits at spaces and tabs; no field is empty.
void split_words(std::string_view text, std::vector<std::string_view>& words);

/// The text inside a quoted CSV field; other text as it is.
[[nodiscard]] std::string unquote(std::string_view field);

/// A name fit for people and labels: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace isthmus::ip2as
