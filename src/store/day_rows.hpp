#pragma once
// The lists of a day's row as JSON text. Pure functions; any thread.

#include <optional>
#include <string>
#include <vector>

#include "isthmus/resilience/daily.hpp"

namespace isthmus::store {

/// [[asn, [estimate, low, high, least, most] by vantage, by address, by flow], ...]: integrals in seconds, to the
/// millisecond.
[[nodiscard]] std::string day_upstreams_to_json(const std::vector<resilience::DayRecord::Upstream>& upstreams);
[[nodiscard]] std::optional<std::vector<resilience::DayRecord::Upstream>> day_upstreams_from_json(
    const std::string& text);

/// [state, unknown share, [[asn, [estimate, low, high] by vantage, by address, by flow], ...]]; empty for none.
[[nodiscard]] std::string condition_to_json(const std::optional<resilience::Condition>& condition);
/// Nothing when the text is not what condition_to_json() writes for a condition.
[[nodiscard]] std::optional<resilience::Condition> condition_from_json(const std::string& text);

}  // namespace isthmus::store
