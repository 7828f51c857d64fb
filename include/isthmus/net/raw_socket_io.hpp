#pragma once
// PacketIo over raw IP sockets alone, for callers that do not choose. Any thread.

#include <memory>

#include "isthmus/net/open_packet_io.hpp"

namespace isthmus::net {

/// open_packet_io with IoOptions::Kind::raw.
[[nodiscard]] Result<std::unique_ptr<PacketIo>> open_raw_sockets(const Binding& binding);

}  // namespace isthmus::net
