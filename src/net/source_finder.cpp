#include "net/source_finder.hpp"

#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "isthmus/net/clock.hpp"
#include "net/socket_address.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

// Between two looks at the kernel's notices.
constexpr Duration kLookInterval = std::chrono::milliseconds(10);
// Where there are no notices, all is asked anew so often.
constexpr Duration kLifetime = std::chrono::seconds(5);
constexpr std::size_t kFirstSlots = 64;
constexpr std::size_t kMostSlots = std::size_t{1} << 20;

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
  std::optional<Netlink> netlink;
  if (auto opened = Netlink::open()) netlink = std::move(*opened);
  return SourceFinder(std::move(sockets[0]), std::move(sockets[1]), binding, std::move(netlink));
}

SourceFinder::SourceFinder(FileDescriptor v4, FileDescriptor v6, Binding binding, std::optional<Netlink> netlink)
    : v4_(std::move(v4)), v6_(std::move(v6)), netlink_(std::move(netlink)), binding_(std::move(binding)) {
  if (!binding_.source) start_anew();
}

std::optional<IpAddress> SourceFinder::source_for(const IpAddress& destination) {
  const auto& source = binding_.source;
  if (source) return source->family() == destination.family() ? source : std::nullopt;
  forget_what_changed();
  std::uint8_t* place = place_by_route(destination);
  if (place == nullptr) place = &place_of(destination).source;
  if (*place == kUnknown) {
    const auto answer = ask_kernel(destination);
    // Where a new number or a new place goes may have moved.
    const std::uint8_t number = number_of(answer);
    place = place_by_route(destination);
    if (place == nullptr) place = &add(destination).source;
    *place = number;
  }
  return *place == kNoRoute ? std::nullopt : std::optional(sources_[*place]);
}

// IPv4 alone: there the kernel takes the source of the route, whatever the destination. For IPv6 it compares the
// destination with each address (RFC 6724).
std::uint8_t* SourceFinder::place_by_route(const IpAddress& destination) {
  if (!tables_ || !destination.is_v4()) return nullptr;
  const auto [route, local] = tables_->find(destination);
  return route != nullptr && !local && route->plain ? &by_route_[tables_->main().index_of(*route)] : nullptr;
}

void SourceFinder::forget_what_changed() {
  const Instant now = coarse_monotonic_now();
  if (now - last_look_ < kLookInterval) return;
  last_look_ = now;
  if (netlink_ ? netlink_->take_changes().tables : now - last_start_ >= kLifetime) start_anew();
}

void SourceFinder::start_anew() {
  last_start_ = coarse_monotonic_now();
  sources_.clear();
  answers_.assign(kFirstSlots, {});
  known_ = 0;
  const int interface = binding_.interface.empty() ? 0 : state_of(binding_.interface).index;
  tables_ = netlink_ ? RoutingTables::read(*netlink_, binding_, interface) : std::nullopt;
  by_route_.assign(tables_ ? tables_->main().size() : 0, kUnknown);
}

// The destination's place, or the free one where it belongs.
SourceFinder::Answer& SourceFinder::place_of(const IpAddress& destination) {
  const std::size_t mask = answers_.size() - 1;
  std::size_t slot = std::hash<IpAddress>{}(destination)&mask;
  while (answers_[slot].source != kUnknown && answers_[slot].destination != destination) slot = (slot + 1) & mask;
  return answers_[slot];
}

SourceFinder::Answer& SourceFinder::add(const IpAddress& destination) {
  if (2 * (known_ + 1) > answers_.size()) make_room();
  Answer& answer = place_of(destination);
  answer.destination = destination;
  ++known_;
  return answer;
}

// Twice the places, or, when there are very many, the same ones empty.
void SourceFinder::make_room() {
  const bool at_most = answers_.size() >= kMostSlots;
  std::vector<Answer> old(at_most ? kMostSlots : 2 * answers_.size());
  old.swap(answers_);
  known_ = 0;
  if (at_most) return;
  for (const Answer& answer : old) {
    if (answer.source != kUnknown) add(answer.destination).source = answer.source;
  }
}

std::uint8_t SourceFinder::number_of(const std::optional<IpAddress>& source) {
  if (!source) return kNoRoute;
  const auto known = std::find(sources_.begin(), sources_.end(), *source);
  if (known != sources_.end()) return static_cast<std::uint8_t>(known - sources_.begin());
  // More addresses than numbers: what was known is asked again.
  if (sources_.size() >= kNoRoute) start_anew();
  sources_.push_back(*source);
  return static_cast<std::uint8_t>(sources_.size() - 1);
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
