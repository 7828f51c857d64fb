#include "telemetry/static_files.hpp"

#include <algorithm>
#include <string>

namespace isthmus::telemetry {
namespace {

// The page loads and asks nothing but this server, and nobody may put it into a frame.
constexpr const char* kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

// One of a list like `W/"a", "b"` (RFC 9110 section 13.1.2).
bool names(std::string_view list, std::string_view etag) {
  return list == "*" || list.find(etag) != std::string_view::npos;
}

}  // namespace

std::optional<Response> static_file(const Request& request, std::string_view path, std::span<const StaticFile> files) {
  const auto file = std::ranges::find(files, path, &StaticFile::path);
  if (file == files.end()) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD")
    return Response{405, "text/plain; charset=utf-8", "method not allowed\n", "GET, HEAD", {}, {}};
  Response response{200, std::string(file->content_type), {}, {}, {}, {}};
  response.headers = {{"ETag", std::string(file->etag)},
                      {"Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Vary", "Accept-Encoding"}};
  response.policy = kPolicy;
  if (names(request.if_none_match, file->etag)) {
    response.status = 304;
    return response;
  }
  const bool compressed = request.accepts_gzip && !file->gzip.empty();
  if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = compressed ? file->gzip : file->body;
  return response;
}

}  // namespace isthmus::telemetry
