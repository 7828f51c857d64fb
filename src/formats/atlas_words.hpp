#pragma once
// The one-letter words of RIPE Atlas for "destination unreachable". Pure functions; any thread.

#include <array>
#include <cstdint>
#include <optional>

#include "isthmus/model/address.hpp"

namespace isthmus::formats {

struct ErrorWord {
  Family family;
  std::uint8_t code;
  char word;
};

// ICMP type 3 (RFC 792, RFC 1812 section 5.2.7.1) and ICMPv6 type 1 (RFC 4443 section 3.1). '\0': port
// unreachable is how a UDP destination says "arrived", and the firmware writes no "err" for it.
inline constexpr std::array kErrorWords{ErrorWord{Family::ipv4, 0, 'N'},  ErrorWord{Family::ipv4, 1, 'H'},
                                        ErrorWord{Family::ipv4, 2, 'P'},  ErrorWord{Family::ipv4, 3, '\0'},
                                        ErrorWord{Family::ipv4, 13, 'A'}, ErrorWord{Family::ipv6, 0, 'N'},
                                        ErrorWord{Family::ipv6, 1, 'A'},  ErrorWord{Family::ipv6, 2, 'h'},
                                        ErrorWord{Family::ipv6, 3, 'H'},  ErrorWord{Family::ipv6, 4, '\0'}};

/// '#' when there is no word and the code itself is written as a number.
[[nodiscard]] constexpr char error_word(Family family, std::uint8_t code) {
  for (const ErrorWord& known : kErrorWords) {
    if (known.family == family && known.code == code) return known.word;
  }
  return '#';
}

[[nodiscard]] constexpr std::optional<std::uint8_t> error_code_of(Family family, char word) {
  // Some versions do have a word for port unreachable.
  if (word == 'p') return std::uint8_t{family == Family::ipv4 ? std::uint8_t{3} : std::uint8_t{4}};
  for (const ErrorWord& known : kErrorWords) {
    if (known.family == family && known.word == word) return known.code;
  }
  return std::nullopt;
}

}  // namespace isthmus::formats
