#pragma once
// Base64 (RFC 4648 section 4), as HTTP writes user and password. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::telemetry {

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Nothing when the text is not whole groups of four, padded.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace isthmus::telemetry
