#pragma once
// IpAddress <-> the kernel's socket addresses. Pure functions.

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "isthmus/model/address.hpp"

namespace isthmus::net {

/// A socket address of either family with its size, as sendto() and bind() want it.
struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t size;
};

/// `scope` is the interface of a link-local IPv6 address, 0 for others.
[[nodiscard]] SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port, std::uint32_t scope = 0);
[[nodiscard]] IpAddress to_ip_address(const in6_addr& address);
/// Nothing when the family is neither.
[[nodiscard]] std::optional<IpAddress> to_ip_address(const SocketAddress& address);

/// AF_INET or AF_INET6.
[[nodiscard]] inline int socket_family(Family family) { return family == Family::ipv4 ? AF_INET : AF_INET6; }

}  // namespace isthmus::net
