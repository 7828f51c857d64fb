#include "net/source_finder.hpp"

#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "isthmus/net/clock.hpp"
#include "net/socket_address.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

constexpr Duration kLifetime = std::chrono::seconds(5);
constexpr std::size_t kMaxAnswers = 65536;

}  // namespace

Result<SourceFinder> SourceFinder::open(const Binding& binding) {
  FileDescriptor sockets[2];
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!allows(binding, family)) continue;
    auto socket = open_socket(socket_family(family), SOCK_DGRAM, IPPROTO_UDP,
                              "open socket for source addresses" + describe(binding));
    if (!socket && family == Family::ipv6 && !binding.source) continue;  // A kernel without IPv6.
    if (!socket) return socket.error();
    if (const auto bound = bind_to_interface(*socket, binding); !bound) return bound.error();
    sockets[family == Family::ipv4 ? 0 : 1] = std::move(*socket);
  }
  return SourceFinder(std::move(sockets[0]), std::move(sockets[1]), binding.source);
}

std::optional<IpAddress> SourceFinder::source_for(const IpAddress& destination) {
  if (source_) return source_->family() == destination.family() ? source_ : std::nullopt;
  const Instant now = monotonic_now();
  const auto found = answers_.find(destination);
  if (found != answers_.end() && now - found->second.asked < kLifetime) return found->second.source;
  if (answers_.size() >= kMaxAnswers) answers_.clear();
  const auto source = ask_kernel(destination);
  answers_.insert_or_assign(destination, Answer{source, now});
  return source;
}

// Connecting a UDP socket looks the route up and sends nothing. The disconnect before forgets the last answer, which
// the kernel would keep otherwise.
std::optional<IpAddress> SourceFinder::ask_kernel(const IpAddress& destination) const {
  const int socket = destination.is_v4() ? v4_.get() : v6_.get();
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  ::connect(socket, &nobody, sizeof(nobody));
  const SocketAddress address = to_socket_address(destination, 33434);
  if (::connect(socket, &address.any, address.size) != 0) return std::nullopt;
  SocketAddress local{};
  local.size = sizeof(local.v6);
  if (::getsockname(socket, &local.any, &local.size) != 0) return std::nullopt;
  const auto source = to_ip_address(local);
  // A route over an interface without any address: nothing can leave there, and no answer could come back.
  const IpAddress none = destination.is_v4() ? IpAddress::v4(INADDR_ANY) : to_ip_address(in6addr_any);
  return source == none ? std::nullopt : source;
}

SourceFinder::InterfaceState SourceFinder::state_of(const std::string& interface) const {
  const int socket = v4_.is_open() ? v4_.get() : v6_.get();
  ifreq request{};
  if (interface.size() >= sizeof(request.ifr_name)) return {};
  interface.copy(request.ifr_name, interface.size());
  if (::ioctl(socket, SIOCGIFINDEX, &request) != 0) return {};
  InterfaceState state{request.ifr_ifindex, false};
  state.up = ::ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
  return state;
}

}  // namespace isthmus::net
