#include "net/namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "isthmus/net/open_packet_io.hpp"
#include "net/capability.hpp"

namespace isthmus::net {
namespace {

constexpr const char* kNamespaceFolder = "/run/netns";

// The number that Linux gives the network namespace it boots with, where the number is fixed (include/linux/nsfs.h,
// NET_NS_INIT_INO).
constexpr ino_t kInitialNamespace = 0xEFFFFFF9U;

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool is_machines_own(const struct stat& status) {
  if (status.st_ino == kInitialNamespace) return true;
  struct stat init {};
  // Some machines hide process 1 even from root; then the number above has to do.
  return ::stat("/proc/1/ns/net", &init) == 0 && same_file(status, init);
}

bool has_name(const struct stat& status) {
  const auto names = network_namespaces();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    struct stat named {};
    return ::stat((std::string(kNamespaceFolder) + "/" + name).c_str(), &named) == 0 && same_file(status, named);
  });
}

}  // namespace

std::vector<std::string> network_namespaces() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kNamespaceFolder, error)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<FileDescriptor> open_namespace(const std::string& name) {
  if (name.find('/') != std::string::npos || name == "." || name == "..") {
    return Error{ErrorCode::invalid_argument, "open network namespace '" + name + "'",
                 "give a name as 'ip netns list' shows it, not a path"};
  }
  const std::string path = name.empty() ? "/proc/thread-self/ns/net" : std::string(kNamespaceFolder) + "/" + name;
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.is_open()) return fd;
  if (errno == ENOENT) {
    return Error{ErrorCode::not_found, "open network namespace '" + name + "'",
                 path + " does not exist; 'ip netns list' shows those that do"};
  }
  return system_error("open network namespace '" + name + "'", errno);
}

Result<void> enter_namespace(const FileDescriptor& fd, const std::string& name) {
  const std::string operation = "enter network namespace '" + name + "'";
  const bool capable = raise_capability(CAP_SYS_ADMIN);
  if (::setns(fd.get(), CLONE_NEWNET) == 0) return {};
  if (errno == EPERM && !capable) return missing_capability(operation, CAP_SYS_ADMIN);
  if (errno == EINVAL) {
    return Error{
        ErrorCode::not_found, operation,
        std::string(kNamespaceFolder) + "/" + name + " is not a network namespace; create it with 'ip netns add'"};
  }
  return system_error(operation, errno);
}

Result<void> check_safety_gate(const FileDescriptor& fd) {
  const char* required = std::getenv("ISTHMUS_REQUIRE_NETNS");
  // Fails closed: whoever wrote "true" or "yes" meant it.
  if (required == nullptr || std::string_view(required).empty() || std::string_view(required) == "0") return {};
  constexpr const char* kOperation = "open raw sockets with ISTHMUS_REQUIRE_NETNS=1";
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return system_error(kOperation, errno);
  if (is_machines_own(status)) {
    return Error{ErrorCode::refused, kOperation,
                 "probes would leave from the machine's own network namespace; name another one (netns: NAME or "
                 "--netns NAME), or unset the variable to probe for real"};
  }
  if (!has_name(status)) {
    return Error{ErrorCode::refused, kOperation,
                 "probes would leave from a network namespace without a name under /run/netns; name one (netns: NAME "
                 "or --netns NAME), or unset the variable to probe for real"};
  }
  return {};
}

}  // namespace isthmus::net
