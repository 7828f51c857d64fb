#pragma once
// Receives answers through packet sockets with a ring shared with the kernel (TPACKET_V3), one for each IP version: no
// call and no copy a packet. Reads any interface, Ethernet or not, and what is addressed to this machine only.

#include <memory>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/receiver.hpp"

namespace isthmus::net {

/// Call inside the vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_ring_receiver(const Binding& binding, const IoOptions& options);

}  // namespace isthmus::net
