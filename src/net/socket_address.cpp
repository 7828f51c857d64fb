#include "net/socket_address.hpp"

#include <algorithm>
#include <array>

namespace isthmus::net {

SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port, std::uint32_t scope) {
  SocketAddress result{};
  if (address.is_v4()) {
    result.v4 = {};
    result.v4.sin_family = AF_INET;
    result.v4.sin_port = htons(port);
    result.v4.sin_addr.s_addr = htonl(address.v4_value());
    result.size = sizeof(result.v4);
  } else {
    result.v6 = {};
    result.v6.sin6_family = AF_INET6;
    result.v6.sin6_port = htons(port);
    std::copy(address.bytes().begin(), address.bytes().end(), result.v6.sin6_addr.s6_addr);
    result.v6.sin6_scope_id = scope;
    result.size = sizeof(result.v6);
  }
  return result;
}

IpAddress to_ip_address(const in6_addr& address) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy(std::begin(address.s6_addr), std::end(address.s6_addr), bytes.begin());
  return IpAddress::v6(bytes);
}

std::optional<IpAddress> to_ip_address(const SocketAddress& address) {
  if (address.any.sa_family == AF_INET) return IpAddress::v4(ntohl(address.v4.sin_addr.s_addr));
  if (address.any.sa_family == AF_INET6) return to_ip_address(address.v6.sin6_addr);
  return std::nullopt;
}

}  // namespace isthmus::net
