#include "telemetry/listen_address.hpp"

#include <charconv>

namespace isthmus::telemetry {

Result<boost::asio::ip::tcp::endpoint> parse_listen_address(const std::string& text) {
  const auto bad = [&] {
    return Error{ErrorCode::invalid_argument, "listen on " + text,
                 "write address:port, e.g. 127.0.0.1:10176, [::1]:10176, or :10176 for every address"};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad();
  std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || status != std::errc{} || end != port.data() + port.size()) return bad();
  if (host.empty()) host = "[::]";
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(host, failed);
  if (failed || address.is_v6() != bracketed) return bad();
  return boost::asio::ip::tcp::endpoint(address, number);
}

}  // namespace isthmus::telemetry
