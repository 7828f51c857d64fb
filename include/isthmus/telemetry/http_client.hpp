#pragma once
// One HTTP GET, for commands that ask a running isthmus: plain HTTP, no redirects, blocking. Any thread.

#include <chrono>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"

namespace isthmus::telemetry {

struct HttpResponse {
  unsigned status{0};
  std::string body;
};

/// `url` like http://127.0.0.1:10176/-/healthy. The timeout covers everything, from connecting to the last
/// byte.
[[nodiscard]] Result<HttpResponse> http_get(std::string_view url, std::chrono::milliseconds timeout);

}  // namespace isthmus::telemetry
