#include "isthmus/base/time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>

namespace isthmus {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Whole years that nanoseconds in 64 bits can tell; the neighbours on either side are cut through.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

Error malformed(std::string_view what, std::string_view text, std::string_view expected) {
  return Error{ErrorCode::parse_failed, "read " + std::string(what),
               "'" + std::string(text) + "' is not " + std::string(expected)};
}

// Reads exactly `width` digits at `pos`, moving `pos` behind them; -1 when they are not all digits.
int read_digits(std::string_view text, std::size_t& pos, std::size_t width) {
  if (pos + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = text[pos + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  pos += width;
  return value;
}

bool read_char(std::string_view text, std::size_t& pos, std::string_view accepted) {
  if (pos >= text.size() || accepted.find(text[pos]) == std::string_view::npos) return false;
  ++pos;
  return true;
}

// The fraction after the decimal point, in nanoseconds; digits beyond the ninth are cut off.
bool read_fraction(std::string_view text, std::size_t& pos, Duration& fraction) {
  std::int64_t value = 0;
  std::int64_t scale = 1'000'000'000;
  const std::size_t start = pos;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos) {
    if (scale == 1) continue;
    value = value * 10 + (text[pos] - '0');
    scale /= 10;
  }
  fraction = Duration(value * scale);
  return pos > start;
}

bool read_offset(std::string_view text, std::size_t& pos, Duration& offset) {
  offset = Duration::zero();
  if (read_char(text, pos, "Zz")) return true;
  if (pos >= text.size() || (text[pos] != '+' && text[pos] != '-')) return false;
  const int sign = text[pos++] == '-' ? -1 : 1;
  const int h = read_digits(text, pos, 2);
  if (h < 0 || !read_char(text, pos, ":")) return false;
  const int m = read_digits(text, pos, 2);
  if (m < 0 || h > 23 || m > 59) return false;
  offset = sign * (hours(h) + minutes(m));
  return true;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time) - day);
  std::array<char, 48> buffer{};
  const int size =
      std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

Result<Timestamp> parse_rfc3339(std::string_view text) {
  const auto bad = [&] { return malformed("time", text, "an RFC 3339 time such as 2017-10-01T09:07:51Z"); };
  std::size_t pos = 0;
  const int y = read_digits(text, pos, 4);
  if (y < 0 || !read_char(text, pos, "-")) return bad();
  const int mo = read_digits(text, pos, 2);
  if (mo < 0 || !read_char(text, pos, "-")) return bad();
  const int d = read_digits(text, pos, 2);
  if (d < 0 || !read_char(text, pos, "Tt ")) return bad();
  const int h = read_digits(text, pos, 2);
  if (h < 0 || !read_char(text, pos, ":")) return bad();
  const int mi = read_digits(text, pos, 2);
  if (mi < 0 || !read_char(text, pos, ":")) return bad();
  const int s = read_digits(text, pos, 2);
  // 60 is a leap second (RFC 3339 section 5.7); it becomes the first second of the next minute.
  if (s < 0 || h > 23 || mi > 59 || s > 60) return bad();
  Duration fraction{};
  if (read_char(text, pos, ".") && !read_fraction(text, pos, fraction)) return bad();
  Duration offset{};
  if (!read_offset(text, pos, offset) || pos != text.size()) return bad();
  const std::chrono::year_month_day date(std::chrono::year(y), std::chrono::month(static_cast<unsigned>(mo)),
                                         std::chrono::day(static_cast<unsigned>(d)));
  if (!date.ok() || y < kFirstYear || y > kLastYear) return bad();
  return Timestamp(std::chrono::sys_days(date)) + hours(h) + minutes(mi) + seconds(s) + fraction - offset;
}

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] { return malformed("duration", text, "a duration with a unit such as 500ms, 10s, 5m, 90d"); };
  double number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc{} || !std::isfinite(number) || number < 0) return bad();
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double scale = 0;
  if (unit == "ns") scale = 1;
  if (unit == "us") scale = 1e3;
  if (unit == "ms") scale = 1e6;
  if (unit == "s") scale = 1e9;
  if (unit == "m") scale = 60e9;
  if (unit == "h") scale = 3600e9;
  if (unit == "d") scale = 86400e9;
  const double value = std::round(number * scale);
  if (scale == 0 || value >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return bad();
  return Duration(static_cast<std::int64_t>(value));
}

std::string to_string(Duration duration) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  static constexpr std::array<Unit, 7> kUnits{{{86'400'000'000'000, "d"},
                                               {3'600'000'000'000, "h"},
                                               {60'000'000'000, "m"},
                                               {1'000'000'000, "s"},
                                               {1'000'000, "ms"},
                                               {1'000, "us"},
                                               {1, "ns"}}};
  if (duration == Duration::zero()) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.nanoseconds == 0) {
      return std::to_string(duration.count() / unit.nanoseconds) + unit.name;
    }
  }
  return std::to_string(duration.count()) + "ns";
}

}  // namespace isthmus
