#pragma once
// Request targets and URLs taken apart. Pure functions; any thread.

#include <cstdint>
#include <map>
#include <optional>
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

/// What stands in `path` where `pattern` has "{...}", decoded (a '+' is a plus here); empty text when the pattern has
/// no such place and is the path itself. Nothing when they do not match; an error when what stands there is badly
/// encoded.
[[nodiscard]] Result<std::optional<std::string>> match_path(std::string_view pattern, std::string_view path);

/// "http://127.0.0.1:10176/metrics"; the port defaults to 80, or 443 for https, the path to "/". An IPv6 host comes
/// without brackets.
struct HttpUrl {
  bool tls{false};  ///< https
  std::string host;
  std::string port;
  std::string target;
};
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

/// A host as others know it: what stands behind the '%' of an IPv6 address is of this machine only (RFC 4007).
[[nodiscard]] std::string without_zone(const std::string& host);

/// What the Host header says (RFC 9110 section 7.2): no port where it is the scheme's own.
[[nodiscard]] std::string authority_of(const HttpUrl& url);

}  // namespace isthmus::telemetry
