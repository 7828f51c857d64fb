#pragma once
// Opens the PacketIo of a vantage point inside its network namespace. Any number of them, in any namespaces, live in
// one process: only a thread that ends right after visits the namespace. Any thread may call these.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/net/packet_io.hpp"

namespace isthmus::net {

/// Where a vantage point's probes leave from; every part may be empty.
struct Binding {
  std::string netns;                ///< A name under /run/netns; empty: the process's own namespace.
  std::string interface;            ///< Probes leave by this interface only.
  std::optional<IpAddress> source;  ///< Probes carry this source address, and only replies to it are read.
};

/// Both ends belong to it.
struct PortRange {
  std::uint16_t first{0};
  std::uint16_t last{65535};
};

/// Which TCP segments are read besides ICMP: SYN-ACK and RST only, and of those the ones that these ports allow.
struct TcpAnswers {
  bool wanted{true};
  std::vector<std::uint16_t> from;  ///< Ports that probes are sent to; empty: any.
  PortRange to;                     ///< Ports that probes are sent from.
};

struct IoOptions {
  /// raw        raw IP sockets: everywhere, and the slowest;
  /// packet     packet sockets past the IP stack where the way out is Ethernet, raw IP sockets for other ways;
  /// xdp        as packet, sending through AF_XDP in copy mode;
  /// automatic  packet where packet sockets are to be had, otherwise raw.
  enum class Kind : std::uint8_t { automatic, raw, packet, xdp };
  Kind kind{Kind::automatic};
  /// Bytes that wait for receive(), for each address family; the kernel may grant raw sockets less.
  std::uint32_t receive_buffer{8U << 20};
  TcpAnswers tcp{};
};

/// Fails with
///   not_found           the namespace, interface or source address does not exist,
///   permission_denied   a capability is missing; the text says which one and how to give it,
///   refused             ISTHMUS_REQUIRE_NETNS=1 and the probes would leave from the machine's own namespace,
///   busy                somebody else holds what this kind needs alone,
///   io_failed           the system has no such thing.
[[nodiscard]] Result<std::unique_ptr<PacketIo>> open_packet_io(const Binding& binding, const IoOptions& options = {});

/// The checks of open_packet_io that need no socket: namespace and interface exist, and the safety gate.
[[nodiscard]] Result<void> check_binding(const Binding& binding);

/// Names under /run/netns, ascending.
[[nodiscard]] std::vector<std::string> network_namespaces();

}  // namespace isthmus::net
