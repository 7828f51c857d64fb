#include "telemetry/url.hpp"

#include <optional>

namespace isthmus::telemetry {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 section 2.1; in a query '+' is a space, as HTML forms write it.
enum class Plus { space, itself };

std::optional<std::string> decode(std::string_view text, Plus plus = Plus::space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Error bad_target(std::string detail) {
  return Error{ErrorCode::invalid_argument, "read request target", std::move(detail)};
}

}  // namespace

Result<RequestTarget> parse_request_target(std::string_view text) {
  RequestTarget target;
  const std::size_t question = text.find('?');
  target.path = std::string(text.substr(0, question));
  std::string_view rest = question == std::string_view::npos ? std::string_view() : text.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals));
    const auto value = decode(pair.substr(std::min(pair.size(), equals + 1)));
    if (!name || !value) return bad_target("a % is not followed by two hexadecimal digits");
    if (!target.parameters.emplace(*name, *value).second) return bad_target("parameter '" + *name + "' is given twice");
  }
  return target;
}

Result<std::optional<std::string>> match_path(std::string_view pattern, std::string_view path) {
  using Match = std::optional<std::string>;
  const std::size_t open = pattern.find('{');
  if (open == std::string_view::npos) return pattern == path ? Match("") : Match();
  const std::string_view before = pattern.substr(0, open);
  const std::string_view after = pattern.substr(pattern.find('}') + 1);
  const bool is_framed =
      path.size() > before.size() + after.size() && path.starts_with(before) && path.ends_with(after);
  if (!is_framed) return Match();
  const std::string_view inner = path.substr(before.size(), path.size() - before.size() - after.size());
  if (inner.find('/') != std::string_view::npos) return Match();
  auto decoded = decode(inner, Plus::itself);
  if (!decoded) return bad_target("a % is not followed by two hexadecimal digits");
  return decoded;
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  // What follows a '?' may be a secret, and errors are logged.
  const auto bad = [&] {
    return Error{ErrorCode::invalid_argument, "read URL",
                 "'" + std::string(text.substr(0, text.find('?'))) + "' is not like http://127.0.0.1:10176/-/healthy"};
  };
  HttpUrl url;
  url.tls = text.starts_with("https://");
  const std::string_view scheme = url.tls ? "https://" : "http://";
  if (!text.starts_with(scheme)) return bad();
  const std::string_view rest = text.substr(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  url.target = authority.size() == rest.size() ? "/" : std::string(rest.substr(authority.size()));
  std::size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return bad();
    url.host = std::string(authority.substr(1, bracket - 1));
    host_end = bracket + 1;
  } else {
    url.host = std::string(authority.substr(0, host_end));
  }
  const std::string_view port = host_end < authority.size() ? authority.substr(host_end) : url.tls ? ":443" : ":80";
  if (url.host.empty() || port.size() < 2 || port.size() > 6 || port.front() != ':') return bad();
  url.port = std::string(port.substr(1));
  if (url.port.find_first_not_of("0123456789") != std::string::npos) return bad();
  // A space or a control character in the target would end the request line early (RFC 9112 section 3).
  for (const char c : url.target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return bad();
  }
  return url;
}

std::string without_zone(const std::string& host) {
  return host.find(':') == std::string::npos ? host : host.substr(0, host.find('%'));
}

std::string authority_of(const HttpUrl& url) {
  std::string authority = without_zone(url.host);
  if (authority.find(':') != std::string::npos) authority = "[" + authority + "]";
  if (url.port != (url.tls ? "443" : "80")) authority += ":" + url.port;
  return authority;
}

}  // namespace isthmus::telemetry
