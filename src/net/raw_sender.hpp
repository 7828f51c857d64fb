#pragma once
// Sends whole IP packets through raw sockets: the kernel routes them and resolves neighbours. Needs no Ethernet.

#include <memory>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/sender.hpp"

namespace isthmus::net {

/// Call inside the vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<Sender>> open_raw_sender(const Binding& binding);

}  // namespace isthmus::net
