#pragma once
// The description of the API, src/telemetry/openapi.json, as it is built in.

#include <string_view>

namespace isthmus::telemetry {

[[nodiscard]] std::string_view openapi_json();

}  // namespace isthmus::telemetry
