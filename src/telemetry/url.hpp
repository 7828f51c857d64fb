#pragma once
// Request targets and URLs taken apart. Pure functions; any thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"

namespace isthmus::telemetry {

/// "/api/v1/events?kind=block_down" as path and decoded parameters. A bad % sequence or a parameter given
/// twice is an error.
struct RequestTarget {
  std::string path;
  std::map<std::string, std::string> parameters;
};
[[nodiscard]] Result<RequestTarget> parse_request_target(std::string_view text);

/// "http://127.0.0.1:10176/metrics"; the port defaults to 80, the path to "/". An IPv6 host comes without
/// brackets.
struct HttpUrl {
  std::string host;
  std::string port;
  std::string target;
};
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace isthmus::telemetry
