// Requests to the HTTP API as a web server hands them over: method, path and query. Whatever they are, the answer is a
// sensible one, and what the store is asked for is within its limits.

#include <algorithm>
#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "telemetry/base64.hpp"
#include "telemetry/gzip.hpp"
#include "telemetry/http_routes.hpp"
#include "telemetry/url.hpp"
#include "unit/telemetry/handlers.hpp"

namespace {

using namespace isthmus;

const telemetry::Handlers& handlers() {
  static const telemetry::Handlers kHandlers = [] {
    telemetry::Handlers made = telemetry::sample_handlers();
    made.events = [](const EventQuery& query) -> Result<std::vector<Event>> {
      fuzz::require(query.limit >= 1 && query.limit <= 1000, "a query has its limit");
      return std::vector{test::sample_event()};
    };
    return made;
  }();
  return kHandlers;
}

void check(const telemetry::Request& request, const telemetry::Response& response) {
  const unsigned status = response.status;
  fuzz::require(status == 200 || status == 400 || status == 403 || status == 404 || status == 405,
                "a request is answered or refused, and is no internal error");
  fuzz::require(response.stream || !response.body.empty(), "a refusal says why");
  fuzz::require(!response.stream || (status == 200 && response.body.empty()), "a stream has no body of its own");
  fuzz::require((status == 405) == !response.allow.empty(), "a method that is not allowed names those that are");
  // What a request said may come back in a refusal: never as a page.
  fuzz::require(status == 200 || response.content_type.starts_with("text/plain"), "a refusal is plain text");
  if (request.method != "GET" && request.method != "HEAD") {
    fuzz::require(status != 200, "nothing changes by itself, and nothing is read by another method");
  }
}

void check_target(std::string_view text) {
  const auto target = telemetry::parse_request_target(text);
  if (!target) return fuzz::require(!target.error().detail.empty(), "an error says why");
  fuzz::require(text.starts_with(target->path), "the path is what stands in front");
  std::size_t size = target->path.size();
  for (const auto& [name, value] : target->parameters) size += name.size() + value.size();
  fuzz::require(size <= text.size(), "decoding makes nothing longer");
}

// What headers and paths carry.
void check_words(std::string_view text) {
  const auto decoded = telemetry::base64_decode(text);
  fuzz::require(!decoded || decoded->size() <= text.size() / 4 * 3, "decoding makes nothing longer");
  fuzz::require(telemetry::base64_decode(telemetry::base64_encode(text)) == text, "what is encoded comes back");
  const auto match = telemetry::match_path("/badge/{target}.svg", text);
  fuzz::require(!match || !*match || text.starts_with("/badge/"), "a path matches what it looks like");
  static_cast<void>(telemetry::accepts_gzip(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view target = text.substr(std::min(space + 1, text.size()));
  check_target(target);
  check_words(target);
  for (const bool from_browser_page : {false, true}) {
    const telemetry::Request request{text.substr(0, space), target, from_browser_page, target};
    check(request, telemetry::respond(request, handlers()));
  }
  return 0;
}
