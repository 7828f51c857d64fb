#pragma once
// Lines of a live view: text in styles, cut to columns. Pure functions, except that what is printable is the C
// library's to say (LC_CTYPE); any thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::app {

enum class Style : std::uint8_t { plain, dim, bold, heading, good, warning, bad };
enum class Charset : std::uint8_t { ascii, utf8 };

struct ScreenSize {
  std::size_t rows{24};
  std::size_t columns{80};
  friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};

struct Span {
  std::string text;
  Style style{Style::plain};
  friend bool operator==(const Span&, const Span&) = default;
};
using Line = std::vector<Span>;

/// What fills a screen, and how far it can be scrolled.
struct LiveFrame {
  std::vector<Line> lines;
  std::size_t scroll_limit{0};
};

/// The text alone, without blanks at its end.
[[nodiscard]] std::string plain(const Line& line);
/// For a terminal: the text with SGR sequences where `color` is wanted; never wider than `width`.
[[nodiscard]] std::string ansi(const Line& line, std::size_t width, bool color);

/// What others wrote (names of hosts and networks) as it may stand on a screen: what is a control character, takes
/// other than one column, or does not exist in the charset becomes a question mark.
[[nodiscard]] std::string printable(std::string_view text, Charset charset);

/// The text in exactly `width` columns; what does not fit ends in a tilde.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);
/// The same, aligned to the right.
[[nodiscard]] std::string fitted_right(std::string_view text, std::size_t width);

/// Five columns for a round-trip time in milliseconds: "0.045", "12.34", "123.4", "12345".
[[nodiscard]] std::string short_rtt(double milliseconds);
/// At most four columns: "0%", "0.4%", "12%", "100%". Never "0%" where something was lost, nor "100%" where not all
/// was.
[[nodiscard]] std::string short_loss(std::uint64_t lost, std::uint64_t sent);
/// "0:12", "3:04:05"
[[nodiscard]] std::string short_time(double seconds);

/// A column of a table that gives way when the screen is narrow.
struct Column {
  std::string_view heading;
  std::size_t width{0};
};
/// How many of the columns, the most important first, fit beside `taken` columns; each has a blank before it. Those
/// without a width are not wanted and take nothing.
[[nodiscard]] std::size_t columns_that_fit(const std::vector<Column>& columns, std::size_t taken, std::size_t width);

/// Two texts at the ends of one line. The left one is cut first; where little of it would be left the right one goes.
[[nodiscard]] Line between_edges(std::string_view left, std::string_view right, std::size_t width, Style style);

}  // namespace isthmus::app
