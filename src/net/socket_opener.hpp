#pragma once
// Opens the sockets of one vantage point inside its namespace, on a thread that ends right after, so that no thread of
// the process is ever left in the wrong namespace or with a raised capability.

#include "isthmus/base/result.hpp"
#include "isthmus/net/raw_socket_io.hpp"
#include "net/file_descriptor.hpp"

namespace isthmus::net {

struct VantageSockets {
  FileDescriptor send;     ///< Raw, takes IP headers.
  FileDescriptor receive;  ///< Raw ICMP with kernel time stamps.
  FileDescriptor route;    ///< UDP; connected and never sent on, to ask the kernel for source addresses.
};

[[nodiscard]] Result<VantageSockets> open_vantage_sockets(const Binding& binding);

}  // namespace isthmus::net
