#pragma once
// "address:port" as somebody writes it in a configuration. Pure function; any thread.

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "isthmus/base/result.hpp"

namespace isthmus::telemetry {

/// "127.0.0.1:10176", "[::1]:10176", "localhost:10176" or ":10176" (every address of the machine, IPv4 and IPv6).
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_listen_address(const std::string& text);

}  // namespace isthmus::telemetry
