#include "net/vantage_space.hpp"

#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "net/capability.hpp"
#include "net/socket_address.hpp"

namespace isthmus::net {

std::string describe(const Binding& binding) {
  std::string text = binding.netns.empty() ? "" : " in network namespace '" + binding.netns + "'";
  if (!binding.interface.empty()) text += " on interface '" + binding.interface + "'";
  return text;
}

Result<FileDescriptor> open_socket(int domain, int type, int protocol, const std::string& operation) {
  raise_capability(CAP_NET_RAW);
  FileDescriptor socket(::socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (socket.is_open()) return socket;
  if (errno == EPERM || errno == EACCES) return missing_capability(operation, CAP_NET_RAW);
  return system_error(operation, errno);
}

Result<void> bind_to_interface(const FileDescriptor& socket, const Binding& binding) {
  if (binding.interface.empty()) return {};
  const std::string& name = binding.interface;
  const std::string operation = "bind probes to interface '" + name + "'";
  if (::if_nametoindex(name.c_str()) == 0) {
    return Error{ErrorCode::not_found, operation, "there is no such interface; 'ip link' shows those that are there"};
  }
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) !=
      0) {
    return system_error(operation, errno);
  }
  return {};
}

Result<void> bind_to_source(const FileDescriptor& socket, const Binding& binding, Family family) {
  if (!binding.source || binding.source->family() != family) return {};
  const SocketAddress address = to_socket_address(
      *binding.source, 0, binding.interface.empty() ? 0 : ::if_nametoindex(binding.interface.c_str()));
  if (::bind(socket.get(), &address.any, address.size) == 0) return {};
  const std::string operation = "use source address " + to_string(*binding.source);
  if (errno == EADDRNOTAVAIL) {
    return Error{ErrorCode::not_found, operation, "no interface has it; 'ip address' shows those that are there"};
  }
  return system_error(operation, errno);
}

Result<void> enlarge_receive_buffer(const FileDescriptor& socket, std::uint32_t bytes) {
  const int size = static_cast<int>(std::min<std::uint32_t>(bytes, std::numeric_limits<int>::max() / 2));
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0 &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) != 0) {
    return system_error("enlarge receive buffer", errno);
  }
  return {};
}

void enlarge_send_buffer(const FileDescriptor& socket) {
  constexpr int kBytes = 4 << 20;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kBytes, sizeof(kBytes)) == 0) return;
  [[maybe_unused]] const int status = ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kBytes, sizeof(kBytes));
}

Result<NamespaceIdentity> identify_namespace(const std::string& name) {
  const auto space = open_namespace(name);
  if (!space) return space.error();
  struct stat status {};
  if (::fstat(space->get(), &status) != 0) return system_error("look at network namespace '" + name + "'", errno);
  return NamespaceIdentity{status.st_dev, status.st_ino};
}

Result<void> check_binding(const Binding& binding) {
  return run_inside(binding, [&]() -> Result<void> {
    if (binding.interface.empty() || ::if_nametoindex(binding.interface.c_str()) != 0) return {};
    return Error{ErrorCode::not_found, "find interface '" + binding.interface + "'",
                 "there is no such interface" + (binding.netns.empty() ? std::string() : " in " + binding.netns)};
  });
}

}  // namespace isthmus::net
