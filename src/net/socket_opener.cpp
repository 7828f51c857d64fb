#include "net/socket_opener.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

// After <net/if.h>, whose definitions the kernel's header then leaves alone.
#include <linux/icmp.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <thread>
#include <utility>

#include "net/capability.hpp"
#include "net/namespace.hpp"

namespace isthmus::net {
namespace {

// Some thousand ICMP errors: enough for bursts between two reads at the highest rates a raw socket reaches.
constexpr int kReceiveBuffer = 8 << 20;

std::string describe(const Binding& binding) {
  std::string text = binding.netns.empty() ? "" : " in network namespace '" + binding.netns + "'";
  if (!binding.interface.empty()) text += " on interface '" + binding.interface + "'";
  return text;
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

Result<void> bind_to_source(const FileDescriptor& socket, const Binding& binding) {
  if (!binding.source) return {};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(binding.source->v4_value());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return {};
  const std::string operation = "use source address " + to_string(*binding.source);
  if (errno == EADDRNOTAVAIL) {
    return Error{ErrorCode::not_found, operation, "no interface has it; 'ip address' shows those that are there"};
  }
  return system_error(operation, errno);
}

Result<void> prepare_receive(const FileDescriptor& socket) {
  // Only what can answer a probe; everything else would only fill the buffer.
  icmp_filter filter{};
  filter.data = ~((1U << ICMP_ECHOREPLY) | (1U << ICMP_DEST_UNREACH) | (1U << ICMP_TIME_EXCEEDED));
  constexpr int kOn = 1;
  if (::setsockopt(socket.get(), SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &kOn, sizeof(kOn)) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RXQ_OVFL, &kOn, sizeof(kOn)) != 0) {
    return system_error("prepare raw ICMP socket", errno);
  }
  // Beyond the system's limit only with CAP_NET_ADMIN; a smaller buffer works too, and drops are counted.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(kReceiveBuffer)) != 0 &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof(kReceiveBuffer)) != 0) {
    return system_error("enlarge receive buffer", errno);
  }
  return {};
}

Result<FileDescriptor> open_socket(int type, int protocol, const std::string& operation) {
  FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (socket.is_open()) return socket;
  if (errno == EPERM || errno == EACCES) return missing_capability(operation, CAP_NET_RAW);
  return system_error(operation, errno);
}

Result<VantageSockets> open_here(const Binding& binding) {
  raise_capability(CAP_NET_RAW);
  const std::string operation = "open raw socket" + describe(binding);
  auto send = open_socket(SOCK_RAW, IPPROTO_RAW, operation);
  if (!send) return send.error();
  auto receive = open_socket(SOCK_RAW, IPPROTO_ICMP, operation);
  if (!receive) return receive.error();
  auto route = open_socket(SOCK_DGRAM, IPPROTO_UDP, "open socket for source addresses" + describe(binding));
  if (!route) return route.error();
  // The receiving socket is not bound to the interface: answers may well come back by another one.
  for (const FileDescriptor* socket : {&*send, &*route}) {
    if (const auto bound = bind_to_interface(*socket, binding); !bound) return bound.error();
  }
  if (const auto bound = bind_to_source(*receive, binding); !bound) return bound.error();
  if (const auto prepared = prepare_receive(*receive); !prepared) return prepared.error();
  return VantageSockets{std::move(*send), std::move(*receive), std::move(*route)};
}

// Runs `work` on a fresh thread inside the binding's namespace, once the safety gate has let it through.
template <typename Work>
auto run_inside(const Binding& binding, Work work) -> decltype(work()) {
  decltype(work()) result = Error{};
  std::thread([&] {
    result = [&]() -> decltype(work()) {
      const auto space = open_namespace(binding.netns);
      if (!space) return space.error();
      if (const auto allowed = check_safety_gate(*space); !allowed) return allowed.error();
      if (!binding.netns.empty()) {
        if (const auto entered = enter_namespace(*space, binding.netns); !entered) return entered.error();
      }
      return work();
    }();
  }).join();
  return result;
}

Result<void> check_family(const Binding& binding) {
  if (!binding.source || binding.source->is_v4()) return {};
  return Error{ErrorCode::invalid_argument, "use source address " + to_string(*binding.source),
               "probes are IPv4; give an IPv4 source address"};
}

}  // namespace

Result<VantageSockets> open_vantage_sockets(const Binding& binding) {
  if (const auto fits = check_family(binding); !fits) return fits.error();
  return run_inside(binding, [&] { return open_here(binding); });
}

Result<void> check_binding(const Binding& binding) {
  if (const auto fits = check_family(binding); !fits) return fits.error();
  const auto checked = run_inside(binding, [&]() -> Result<void> {
    if (binding.interface.empty() || ::if_nametoindex(binding.interface.c_str()) != 0) return {};
    return Error{ErrorCode::not_found, "find interface '" + binding.interface + "'",
                 "there is no such interface" + (binding.netns.empty() ? std::string() : " in " + binding.netns)};
  });
  return checked;
}

}  // namespace isthmus::net
