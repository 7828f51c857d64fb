#pragma once
// Escaping for HTML. Pure functions; any thread.

#include <string>
#include <string_view>

namespace isthmus::telemetry {

/// Safe as text and inside a quoted attribute: & < > " ' are escaped, control characters and bytes that are
/// not UTF-8 become U+FFFD.
[[nodiscard]] std::string html_escape(std::string_view text);

}  // namespace isthmus::telemetry
