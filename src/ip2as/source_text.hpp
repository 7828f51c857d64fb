#pragma once
// Lines of prefix-to-AS sources: which format it is, and what one line says. Pure; points into the text it is given.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

enum class Format { csv, pyasn };

/// What one line says: the addresses from first to last, of one family, belong to an AS.
struct SourceLine {
  IpAddress first{};
  IpAddress last{};
  int length{-1};  ///< Of the prefix, when the line is one; -1 for a range.
  Asn asn{};
  std::string_view name{};  ///< As written, quotes and all.
};

/// Longest line that is taken for text; anything longer is another kind of file.
inline constexpr std::size_t kLongestLine = 4096;

/// Comments start with ';' or '#'.
[[nodiscard]] bool is_data(std::string_view line);

[[nodiscard]] Format detect_format(std::string_view data_line);

/// The reason alone when the line does not follow the format.
struct BadLine {
  std::string why;
};
[[nodiscard]] std::optional<BadLine> parse_line(std::string_view line, Format format, SourceLine& into);

/// The text inside a quoted CSV field; other text as it is.
[[nodiscard]] std::string unquote(std::string_view field);

/// A name fit for people and labels: bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace isthmus::ip2as
