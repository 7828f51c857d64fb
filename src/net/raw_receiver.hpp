#pragma once
// Receives answers through raw IP sockets, for systems that have no packet sockets to give; so it may not rest on one.
// Raw IPv6 sockets deliver no IP header: it is rebuilt from ancillary data, without the extension headers, which the
// kernel has taken off. Raw sockets see only what is addressed to this machine, fragments put together.

#include <memory>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/receiver.hpp"

namespace isthmus::net {

/// Call inside the vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_raw_receiver(const Binding& binding, const IoOptions& options);

}  // namespace isthmus::net
