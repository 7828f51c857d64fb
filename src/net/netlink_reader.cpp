#include "net/netlink_reader.hpp"

#include <linux/fib_rules.h>
#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <sys/socket.h>

#include "net/netlink_message.hpp"

namespace isthmus::net {
namespace {

std::optional<MacAddress> attribute_mac(std::span<const std::byte> bytes) {
  MacAddress mac{};
  if (bytes.size() != mac.size()) return std::nullopt;
  std::memcpy(mac.data(), bytes.data(), mac.size());
  return mac;
}

}  // namespace

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

bool is_usual_rule(const nlmsghdr& message) {
  const auto rule = fixed_part<fib_rule_hdr>(message);
  if (!rule) return true;
  const bool known = rule->table == RT_TABLE_LOCAL || rule->table == RT_TABLE_MAIN || rule->table == RT_TABLE_DEFAULT;
  bool usual = known && rule->action == FR_ACT_TO_TBL && rule->src_len == 0 && rule->dst_len == 0 && rule->tos == 0 &&
               (rule->flags & FIB_RULE_INVERT) == 0;
  for_each_attribute(message, sizeof(*rule), [&](std::uint16_t type, std::span<const std::byte>) {
    usual = usual && type != FRA_IIFNAME && type != FRA_OIFNAME && type != FRA_FWMARK && type != FRA_L3MDEV &&
            type != FRA_IP_PROTO && type != FRA_UID_RANGE;
  });
  return usual;
}

}  // namespace isthmus::net
