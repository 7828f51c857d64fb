#pragma once
// Asking a running isthmus over HTTP, for the commands that do. Blocking; any thread.

#include <chrono>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {

inline constexpr const char* kMonitorUrl = "http://127.0.0.1:10176";

/// Everything but letters and digits as %XX, so that any name can be asked for.
[[nodiscard]] std::string url_encoded(const std::string& text);

/// The body of what `url` (where isthmus listens) answers to `request`, a path with its query. Fails with what to do
/// where nobody answers (io_failed), isthmus cannot yet (refused), or the request is none (invalid_argument).
[[nodiscard]] Result<std::string> ask_isthmus(std::string url, const std::string& request,
                                              std::chrono::milliseconds timeout, const telemetry::HttpAccess& access);

}  // namespace isthmus::app
