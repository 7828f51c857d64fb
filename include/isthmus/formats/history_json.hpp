#pragma once
// The history as JSON: /api/v1/history and `isthmus history --json`. Pure functions; any thread.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/resilience/daily.hpp"
#include "isthmus/resilience/late.hpp"
#include "isthmus/resilience/path_change.hpp"

namespace isthmus::formats {

/// {"day","target","block","seconds":{"up","degraded","down","unknown"},"covered_seconds","availability",
/// "unknown_share","upstreams":[{"asn","share":{"vantage":{"estimate","low","high","least","most"},"address","flow"}}]}.
/// Shares are means over the covered time (`low` and `high` of the ends of the 95 % interval), `least` and `most` the
/// extremes of the day; availability is null when the state was never known.
[[nodiscard]] std::string to_json(const resilience::DayRecord& record);

/// {"time","target","block","vantage","address","flow","before":{"as_path","router","upstream_asn","confidence"},"after"}
[[nodiscard]] std::string to_json(const resilience::PathChange& change);
/// {"hour","target","left_out"}
[[nodiscard]] std::string to_json(const resilience::PathChangesLeftOut& left_out);

/// {"target","block","days":[...]}
[[nodiscard]] std::string history_json(const resilience::HistoryQuery& query, const resilience::History& history);
/// {"day","target","block" of what was asked for,"late":{"vantage","pings","answers","traces","reached"}}
[[nodiscard]] std::string to_json(const resilience::LateTally& late, const resilience::HistoryQuery& query);

/// "2017-10-01", or RFC 3339: then the day of that time.
[[nodiscard]] Result<std::chrono::sys_days> parse_day(std::string_view text);
/// "2017-10-01"
[[nodiscard]] std::string to_text(std::chrono::sys_days day);

}  // namespace isthmus::formats
