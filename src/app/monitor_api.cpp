#include "app/monitor_api.hpp"

#include <fmt/format.h>

namespace isthmus::app {
namespace {

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::string url_encoded(const std::string& text) {
  std::string result;
  for (const char byte : text) {
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    result += plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return result;
}

Result<std::string> ask_isthmus(std::string url, const std::string& request, std::chrono::milliseconds timeout,
                                const telemetry::HttpAccess& access) {
  while (url.ends_with('/')) url.pop_back();
  auto response = telemetry::http_get(url + request, timeout, access);
  if (!response) {
    return Error{response.error().code, response.error().operation,
                 response.error().detail + "; say with --url where isthmus monitor or core listens"};
  }
  if (response->status == 200) return std::move(response->body);
  // It says by itself what is wrong with the question.
  if (response->status == 400) {
    return Error{ErrorCode::invalid_argument, "ask " + url, without_line_end(std::move(response->body))};
  }
  const ErrorCode code = response->status == 503 ? ErrorCode::refused : ErrorCode::not_found;
  std::string detail = fmt::format("it answers {}: {}", response->status, without_line_end(response->body));
  if (response->status == 404) detail += "; is this where isthmus monitor or core listens?";
  if (response->status == 401) detail += "; say who asks with --user and --password-file";
  return Error{code, "ask " + url, std::move(detail)};
}

}  // namespace isthmus::app
