#pragma once
// Text in columns, and what reports share in their JSON. Pure functions; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "formats/json_writer.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::app {

/// Columns that the text takes: characters, not bytes.
[[nodiscard]] std::size_t columns(std::string_view text);

/// The text cut or filled with blanks to `width` columns.
[[nodiscard]] std::string fit(std::string text, std::size_t width);

/// The text broken at blanks into lines of at most `width` columns; what is longer than that by itself is cut up.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// "60"
[[nodiscard]] std::string percent(double share);

/// "AS4837 China Unicom", "AS4837", or "unknown".
[[nodiscard]] std::string label_of(Asn asn, std::string_view name);

/// {"estimate","low","high"}
void write_estimate(formats::JsonWriter& json, std::string_view key, const resilience::ShareEstimate& share);

}  // namespace isthmus::app
