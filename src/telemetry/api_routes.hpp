#pragma once
// What the API answers, and the badge and card of a target: documents made of the snapshot and the event log. Called on
// HTTP threads.

#include <map>
#include <string>

#include "telemetry/http_routes.hpp"

namespace isthmus::telemetry {

/// Of the query, decoded; "target" is the part of the path in /badge and /embed.
using Parameters = std::map<std::string, std::string>;

[[nodiscard]] Response text(unsigned status, std::string body);
[[nodiscard]] Response json(std::string body);

}  // namespace isthmus::telemetry

/// One function for each route; all of them refuse parameters that they do not know.
namespace isthmus::telemetry::api {

[[nodiscard]] Response overview(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response targets(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response upstreams(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response paths(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response vantages(const Parameters& parameters, const Handlers& handlers);
/// Traces are nine tenths of an event's bytes: whoever lists many and shows none can leave them out.
[[nodiscard]] Response events(const Parameters& parameters, const Handlers& handlers);
/// Without "from" the thirty days that end with "to", without "to" up to now.
[[nodiscard]] Response history(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response whatif(const Parameters& parameters, const Handlers& handlers);
[[nodiscard]] Response explain(const Parameters& parameters, const Handlers& handlers);
/// A client that connects again sends the header; the parameter is for its first time.
[[nodiscard]] Response stream(const Request& request, const Parameters& parameters);
[[nodiscard]] Response badge(const Parameters& parameters, const Handlers& handlers);
/// The one page that others may frame: it can do nothing.
[[nodiscard]] Response embed(const Parameters& parameters, const Handlers& handlers);

}  // namespace isthmus::telemetry::api
