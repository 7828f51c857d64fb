#pragma once
// Visits a vantage point's namespace on a thread that ends right after, so that no thread of the process is ever left
// in the wrong namespace or with a raised capability; and the steps of opening a socket there.

#include <sys/stat.h>

#include <thread>
#include <utility>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/file_descriptor.hpp"
#include "net/namespace.hpp"

namespace isthmus::net {

/// Runs `work` (returning a Result) on a fresh thread inside the binding's namespace, once the safety gate has let it
/// through. Waits for it.
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

/// " in network namespace 'x' on interface 'y'", as far as the binding says.
[[nodiscard]] std::string describe(const Binding& binding);

/// Whether the binding lets probes of this family leave at all.
[[nodiscard]] inline bool allows(const Binding& binding, Family family) {
  return !binding.source || binding.source->family() == family;
}

/// A non-blocking socket; a missing CAP_NET_RAW is named. Raises the capability on the calling thread.
[[nodiscard]] Result<FileDescriptor> open_socket(int domain, int type, int protocol, const std::string& operation);

/// SO_BINDTODEVICE; nothing when the binding names no interface.
[[nodiscard]] Result<void> bind_to_interface(const FileDescriptor& socket, const Binding& binding);
/// Nothing when the binding names no source address of this family.
[[nodiscard]] Result<void> bind_to_source(const FileDescriptor& socket, const Binding& binding, Family family);

/// As many bytes as the system allows, up to `bytes`; more than net.core.rmem_max only with CAP_NET_ADMIN.
[[nodiscard]] Result<void> enlarge_receive_buffer(const FileDescriptor& socket, std::uint32_t bytes);
/// A full send buffer is no error, so a smaller one is none either.
void enlarge_send_buffer(const FileDescriptor& socket);

/// Which namespace a name means now; two are the same namespace when they compare equal.
struct NamespaceIdentity {
  dev_t device{0};
  ino_t inode{0};
  friend bool operator==(const NamespaceIdentity&, const NamespaceIdentity&) = default;
};
[[nodiscard]] Result<NamespaceIdentity> identify_namespace(const std::string& name);

}  // namespace isthmus::net
