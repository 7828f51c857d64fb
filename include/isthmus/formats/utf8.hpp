#pragma once
// Names of organisations come from strangers' databases; what leaves isthmus is always valid UTF-8, because
// one bad byte makes a whole JSON document or scrape unreadable. Pure function; any thread.

#include <string>
#include <string_view>

namespace isthmus::formats {

/// The text with every byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no surrogates,
/// nothing beyond U+10FFFF) replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace isthmus::formats
