#pragma once
// Network namespaces: finding, entering, and the safety gate that keeps probes out of the machine's own. Entering
// changes the calling thread for good, so it is done on threads that end right after.

#include <string>

#include "isthmus/base/result.hpp"
#include "net/file_descriptor.hpp"

namespace isthmus::net {

/// The namespace of that name under /run/netns, or the calling thread's own when the name is empty.
[[nodiscard]] Result<FileDescriptor> open_namespace(const std::string& name);

/// Moves the calling thread. Precondition: fd is from open_namespace.
[[nodiscard]] Result<void> enter_namespace(const FileDescriptor& fd, const std::string& name);

/// With ISTHMUS_REQUIRE_NETNS=1 (or anything but 0): refused unless the namespace has a name and is not the machine's
/// own.
[[nodiscard]] Result<void> check_safety_gate(const FileDescriptor& fd);

}  // namespace isthmus::net
