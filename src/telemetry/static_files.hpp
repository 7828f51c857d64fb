#pragma once
// Which answer a request for an embedded file gets. Pure function; any thread.

#include <optional>
#include <span>
#include <string_view>

#include "isthmus/telemetry/static_files.hpp"
#include "telemetry/http_routes.hpp"

namespace isthmus::telemetry {

/// Nothing when there is no such file. `path` without its query.
[[nodiscard]] std::optional<Response> static_file(const Request& request, std::string_view path,
                                                  std::span<const StaticFile> files);

}  // namespace isthmus::telemetry
