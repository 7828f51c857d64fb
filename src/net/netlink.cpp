#include "net/netlink.hpp"

#include <linux/neighbour.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/netlink_message.hpp"
#include "net/netlink_reader.hpp"
#include "net/socket_address.hpp"

namespace isthmus::net {
namespace {

constexpr std::uint32_t kGroups = RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
                                  RTMGRP_IPV4_RULE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;

Result<FileDescriptor> open_one(std::uint32_t groups) {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.is_open()) return system_error("open netlink socket", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return system_error("bind netlink socket", errno);
  }
  return socket;
}

}  // namespace

Result<Netlink> Netlink::open() {
  auto requests = open_one(0);
  if (!requests) return requests.error();
  auto notices = open_one(kGroups);
  if (!notices) return notices.error();
  return Netlink(std::move(*requests), std::move(*notices));
}

int Netlink::ask(std::span<const std::byte> request, const OnMessage& on_message) {
  if (::send(requests_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return errno;
  nlmsghdr asked;
  std::memcpy(&asked, request.data(), sizeof(asked));
  const bool is_dump = (asked.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  std::optional<int> result;
  while (!result) {
    // The kernel answers before send() returns; only a dump goes on with each reading.
    const ssize_t size = ::recv(requests_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    for_each_message(std::span(buffer_).first(static_cast<std::size_t>(size)), [&](const nlmsghdr& message) {
      if (message.nlmsg_seq != asked.nlmsg_seq) return true;  // Of a request that was given up.
      if (message.nlmsg_type == NLMSG_DONE) {
        result = 0;
      } else if (message.nlmsg_type == NLMSG_ERROR) {
        const auto error = fixed_part<nlmsgerr>(message);
        result = error ? -error->error : EIO;
      } else {
        on_message(message);
        if (!is_dump) result = 0;
      }
      return !result;
    });
  }
  return *result;
}

void Netlink::dump(std::uint16_t type, int family, const OnMessage& on_message) {
  rtgenmsg fixed{};
  fixed.rtgen_family = static_cast<unsigned char>(family);
  NetlinkRequest request(type, NLM_F_DUMP, fixed);
  // A dump that fails lists too little, and the next notice asks for it again.
  [[maybe_unused]] const int error = ask(request.finish(++sequence_), on_message);
}

std::vector<Link> Netlink::links() {
  std::vector<Link> links;
  dump(RTM_GETLINK, AF_UNSPEC, [&](const nlmsghdr& message) {
    if (auto link = read_link(message)) links.push_back(std::move(*link));
  });
  return links;
}

std::vector<ListedRoute> Netlink::routes() {
  std::vector<ListedRoute> routes;
  for (const int family : {AF_INET, AF_INET6}) {
    dump(RTM_GETROUTE, family, [&](const nlmsghdr& message) {
      if (auto route = read_route(message, false)) routes.push_back(std::move(*route));
    });
  }
  return routes;
}

bool Netlink::only_usual_rules() {
  bool usual = true;
  for (const int family : {AF_INET, AF_INET6}) {
    dump(RTM_GETRULE, family, [&](const nlmsghdr& message) { usual = usual && is_usual_rule(message); });
  }
  return usual;
}

std::optional<Route> Netlink::route_to(const IpAddress& destination, const std::optional<IpAddress>& source,
                                       int interface) {
  rtmsg fixed{};
  fixed.rtm_family = static_cast<unsigned char>(socket_family(destination.family()));
  fixed.rtm_dst_len = static_cast<unsigned char>(destination.width());
  if (source) fixed.rtm_src_len = static_cast<unsigned char>(source->width());
  NetlinkRequest request(RTM_GETROUTE, 0, fixed);
  request.add(RTA_DST, destination);
  if (source) request.add(RTA_SRC, *source);
  if (interface != 0) request.add(RTA_OIF, static_cast<std::uint32_t>(interface));
  std::optional<Route> route;
  const int error = ask(request.finish(++sequence_), [&](const nlmsghdr& message) {
    if (const auto listed = read_route(message, true)) route = listed->route;
  });
  return error == 0 ? route : std::nullopt;
}

std::optional<NeighbourNotice> Netlink::neighbour(int interface, const IpAddress& address) {
  ndmsg fixed{};
  fixed.ndm_family = static_cast<unsigned char>(socket_family(address.family()));
  fixed.ndm_ifindex = interface;
  NetlinkRequest request(RTM_GETNEIGH, 0, fixed);
  request.add(NDA_DST, address);
  std::optional<NeighbourNotice> notice;
  const int error =
      ask(request.finish(++sequence_), [&](const nlmsghdr& message) { notice = read_neighbour(message); });
  return error == 0 ? notice : std::nullopt;
}

Netlink::Changes Netlink::take_changes() {
  Changes changes;
  for (;;) {
    const ssize_t size = ::recv(notices_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0 && errno != ENOBUFS) return changes;
    if (size < 0) changes.tables = true;  // Notices were lost.
    for_each_message(std::span(buffer_).first(size < 0 ? 0 : static_cast<std::size_t>(size)),
                     [&](const nlmsghdr& message) {
                       if (message.nlmsg_type != RTM_NEWNEIGH && message.nlmsg_type != RTM_DELNEIGH) {
                         changes.tables = true;
                       } else if (auto notice = read_neighbour(message)) {
                         changes.neighbours.push_back(std::move(*notice));
                       }
                       return true;
                     });
  }
}

}  // namespace isthmus::net
