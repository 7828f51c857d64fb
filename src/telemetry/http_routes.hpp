#pragma once
// What isthmus answers to which request: no sockets, no HTTP library. Called on HTTP threads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::telemetry {

struct Request {
  std::string_view method;
  std::string_view target;           ///< Path and query as received.
  bool from_browser_page{false};     ///< Sent by a script or form of a web page (it carries an Origin).
  std::string_view last_event_id{};  ///< The header of a client that followed events before.
  bool accepts_gzip{false};
  std::string_view if_none_match{};
};

/// The client wants to follow what happens, from after that event on or from now.
struct Subscription {
  std::optional<std::uint64_t> last_event_id;
};

struct Response {
  unsigned status{200};
  std::string content_type{"text/plain; charset=utf-8"};
  std::string body;
  std::string allow;                                           ///< The Allow header of a 405, empty otherwise.
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Further ones; they replace those sent by default.
  std::optional<Subscription> stream{};                        ///< There is no body: what happens follows.
  std::string policy{};  ///< The Content-Security-Policy where the operator wants no other; empty: the strictest.
};

/// Never throws: a failing handler becomes a 500.
[[nodiscard]] Response respond(const Request& request, const Handlers& handlers);

}  // namespace isthmus::telemetry
