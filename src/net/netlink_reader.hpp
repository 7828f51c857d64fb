#pragma once
// What the kernel's rtnetlink messages say: links, routes, neighbours, rules. Whatever the bytes are, nothing outside
// the message is read. Pure.

#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

#include "net/netlink.hpp"

namespace isthmus::net {

/// Calls `on_message` with every message in what was received, as long as it is whole, until it returns false.
/// Precondition: aligned as an nlmsghdr.
template <typename OnMessage>
void for_each_message(std::span<const std::byte> received, OnMessage on_message) {
  std::size_t at = 0;
  while (at + sizeof(nlmsghdr) <= received.size()) {
    const auto& message = *reinterpret_cast<const nlmsghdr*>(received.data() + at);
    if (message.nlmsg_len < sizeof(nlmsghdr) || at + message.nlmsg_len > received.size()) return;
    if (!on_message(message)) return;
    at += NLMSG_ALIGN(message.nlmsg_len);
  }
}

/// Each gives nothing for a message that is too short, or of no IP version where that matters.
[[nodiscard]] std::optional<Link> read_link(const nlmsghdr& message);
/// With `answer`, what the kernel's look-up found: it repeats the source that was asked for, without which a listed
/// route would be one for some sources only.
[[nodiscard]] std::optional<ListedRoute> read_route(const nlmsghdr& message, bool answer);
[[nodiscard]] std::optional<NeighbourNotice> read_neighbour(const nlmsghdr& message);
/// Whether it is one of the rules that every namespace starts with: "from all lookup local", "... main" and, for IPv4,
/// "... default". True as well for what is too short to be a rule.
[[nodiscard]] bool is_usual_rule(const nlmsghdr& message);

}  // namespace isthmus::net
