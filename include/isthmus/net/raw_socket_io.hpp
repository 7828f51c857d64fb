#pragma once
// PacketIo over Linux raw sockets inside a vantage point's network namespace. Any number of them, in any namespaces,
// live in one process: only the thread that opens the sockets visits the namespace, and it ends right after.

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

/// Opens raw sockets for one vantage point. Fails with
///   not_found           the namespace or interface does not exist,
///   permission_denied   a capability is missing; the text says which one and how to give it,
///   refused             ISTHMUS_REQUIRE_NETNS=1 and the probes would leave from the machine's own namespace.
[[nodiscard]] Result<std::unique_ptr<PacketIo>> open_raw_sockets(const Binding& binding);

/// The checks of open_raw_sockets that need no socket: namespace and interface exist, and the safety gate.
[[nodiscard]] Result<void> check_binding(const Binding& binding);

/// Names under /run/netns, ascending.
[[nodiscard]] std::vector<std::string> network_namespaces();

}  // namespace isthmus::net
