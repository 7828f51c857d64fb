#pragma once
// Where the series of a metrics page go, one family after the other: into the text, or into a count of what the text
// would be. Those who know the values do not know which. Not shared between threads.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "isthmus/base/time.hpp"

namespace isthmus::telemetry {

enum class Kind : std::uint8_t { gauge, counter, histogram };

struct FamilyInfo {
  std::string_view name;
  std::string_view help;  ///< One line without backslashes.
  Kind kind;
};

/// As label_text() makes them, `name="value"`: rendered once for all series that carry them. Empty ones are left out.
using Labels = std::initializer_list<std::string_view>;

class SeriesSink {
 public:
  virtual ~SeriesSink() = default;

  /// What follows belongs to it, until the next one begins; a family without series leaves no trace.
  virtual void begin(const FamilyInfo& family) = 0;
  virtual void add(Labels labels, double value) = 0;
  virtual void add(Labels labels, std::uint64_t value) = 0;
  /// A histogram: counts of the buckets up to each bound and of the one without, not cumulative.
  virtual void add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                   double sum) = 0;

  /// A moment, as seconds since 1970; 0 when it has not come yet.
  void add(Labels labels, Timestamp time) { add(labels, to_seconds(time.time_since_epoch())); }
  void add(Labels labels, bool holds) { add(labels, std::uint64_t{holds}); }
  /// A family of one series.
  template <typename Value>
  void one(const FamilyInfo& family, Value value) {
    begin(family);
    add({}, value);
  }
};

/// `name="value"`, escaped as the text format wants it, whatever strangers have put into the value: what is not UTF-8
/// becomes U+FFFD, and of more than kLongestLabel bytes the rest is left out.
[[nodiscard]] std::string label_text(std::string_view name, std::string_view value);
inline constexpr std::size_t kLongestLabel = 256;

}  // namespace isthmus::telemetry
