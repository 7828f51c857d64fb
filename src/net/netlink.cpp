#include "net/netlink.hpp"

#include <linux/fib_rules.h>
#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/netlink_message.hpp"
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

// Every message in what was received, as long as it is whole.
template <typename OnMessage>
void for_each_message(const std::vector<std::byte>& buffer, std::size_t size, OnMessage on_message) {
  std::size_t at = 0;
  while (at + sizeof(nlmsghdr) <= size) {
    const auto& message = *reinterpret_cast<const nlmsghdr*>(buffer.data() + at);
    if (message.nlmsg_len < sizeof(nlmsghdr) || at + message.nlmsg_len > size) return;
    if (!on_message(message)) return;
    at += NLMSG_ALIGN(message.nlmsg_len);
  }
}

std::optional<MacAddress> attribute_mac(std::span<const std::byte> bytes) {
  MacAddress mac{};
  if (bytes.size() != mac.size()) return std::nullopt;
  std::memcpy(mac.data(), bytes.data(), mac.size());
  return mac;
}

std::optional<Link> read_link(const nlmsghdr& message) {
  const auto info = fixed_part<ifinfomsg>(message);
  if (!info) return std::nullopt;
  Link link;
  link.index = info->ifi_index;
  link.up = (info->ifi_flags & IFF_UP) != 0;
  link.resolves = (info->ifi_flags & IFF_NOARP) == 0;
  for_each_attribute(message, sizeof(*info), [&](std::uint16_t type, std::span<const std::byte> bytes) {
    if (type == IFLA_IFNAME) {
      link.name.assign(reinterpret_cast<const char*>(bytes.data()), bytes.empty() ? 0 : bytes.size() - 1);
    } else if (type == IFLA_MTU) {
      link.mtu = attribute_number(bytes);
    } else if (type == IFLA_ADDRESS) {
      const auto mac = attribute_mac(bytes);
      link.ethernet = mac.has_value() && info->ifi_type == ARPHRD_ETHER;
      link.mac = mac.value_or(MacAddress{});
    }
  });
  return link;
}

// With `answer`, what the kernel's look-up found: it repeats the source that was asked for, without which a listed
// route would be one for some sources only.
std::optional<ListedRoute> read_route(const nlmsghdr& message, bool answer) {
  const auto info = fixed_part<rtmsg>(message);
  if (!info || (info->rtm_family != AF_INET && info->rtm_family != AF_INET6)) return std::nullopt;
  if ((info->rtm_flags & RTNH_F_DEAD) != 0) return std::nullopt;
  ListedRoute listed{.route = {}, .table = info->rtm_table};
  listed.route.plain = info->rtm_type == RTN_UNICAST && (answer || (info->rtm_tos == 0 && info->rtm_src_len == 0));
  IpAddress destination = info->rtm_family == AF_INET ? IpAddress() : IpAddress::v6({});
  for_each_attribute(message, sizeof(*info), [&](std::uint16_t type, std::span<const std::byte> bytes) {
    switch (type) {
      case RTA_DST: destination = attribute_address(bytes).value_or(destination); break;
      case RTA_GATEWAY: listed.route.gateway = attribute_address(bytes); break;
      case RTA_OIF: listed.route.interface = static_cast<int>(attribute_number(bytes)); break;
      case RTA_PRIORITY: listed.route.metric = attribute_number(bytes); break;
      case RTA_TABLE: listed.table = attribute_number(bytes); break;
      // Several next hops, one of the other family, or tunnels: the kernel's business.
      case RTA_MULTIPATH:
      case RTA_VIA:
      case RTA_ENCAP: listed.route.plain = false; break;
      default: break;
    }
  });
  if (info->rtm_dst_len > destination.width()) return std::nullopt;
  listed.route.prefix = Prefix(destination, info->rtm_dst_len);
  return listed;
}

std::optional<NeighbourNotice> read_neighbour(const nlmsghdr& message) {
  const auto info = fixed_part<ndmsg>(message);
  if (!info || (info->ndm_family != AF_INET && info->ndm_family != AF_INET6)) return std::nullopt;
  NeighbourNotice notice;
  notice.interface = info->ndm_ifindex;
  notice.state = message.nlmsg_type == RTM_DELNEIGH ? std::uint16_t{0} : info->ndm_state;
  std::optional<IpAddress> address;
  for_each_attribute(message, sizeof(*info), [&](std::uint16_t type, std::span<const std::byte> bytes) {
    if (type == NDA_DST) address = attribute_address(bytes);
    if (type == NDA_LLADDR) notice.mac = attribute_mac(bytes);
  });
  if (!address) return std::nullopt;
  notice.address = *address;
  return notice;
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
    for_each_message(buffer_, static_cast<std::size_t>(size), [&](const nlmsghdr& message) {
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

// Every namespace starts with "from all lookup local", "... main" and, for IPv4, "... default".
bool Netlink::only_usual_rules() {
  bool usual = true;
  for (const int family : {AF_INET, AF_INET6}) {
    dump(RTM_GETRULE, family, [&](const nlmsghdr& message) {
      const auto rule = fixed_part<fib_rule_hdr>(message);
      if (!rule) return;
      const bool known =
          rule->table == RT_TABLE_LOCAL || rule->table == RT_TABLE_MAIN || rule->table == RT_TABLE_DEFAULT;
      usual = usual && known && rule->action == FR_ACT_TO_TBL && rule->src_len == 0 && rule->dst_len == 0 &&
              rule->tos == 0 && (rule->flags & FIB_RULE_INVERT) == 0;
      for_each_attribute(message, sizeof(*rule), [&](std::uint16_t type, std::span<const std::byte>) {
        usual = usual && type != FRA_IIFNAME && type != FRA_OIFNAME && type != FRA_FWMARK && type != FRA_L3MDEV &&
                type != FRA_IP_PROTO && type != FRA_UID_RANGE;
      });
    });
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
    for_each_message(buffer_, size < 0 ? 0 : static_cast<std::size_t>(size), [&](const nlmsghdr& message) {
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
