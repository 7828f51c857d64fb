// The kernel's routing messages, as a socket gives several at once: links, routes, neighbours and rules read from
// whatever the bytes are, and the routes looked up.

#include <linux/rtnetlink.h>

#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "net/netlink_reader.hpp"
#include "net/route_table.hpp"

namespace {

using namespace isthmus;

struct Found {
  std::size_t messages{0};
  std::vector<net::Route> routes;
};

void read(const nlmsghdr& message, Found& found) {
  ++found.messages;
  if (const auto link = net::read_link(message)) {
    fuzz::require(link->name.size() < message.nlmsg_len, "a name is a part of its message");
  }
  for (const bool answer : {false, true}) {
    const auto listed = net::read_route(message, answer);
    if (!listed) continue;
    const Prefix& prefix = listed->route.prefix;
    fuzz::require(prefix.length() <= prefix.address().width(), "a prefix is no longer than its address");
    fuzz::require(prefix.contains(prefix.address()), "a prefix holds its own address");
    found.routes.push_back(listed->route);
  }
  if (const auto notice = net::read_neighbour(message)) {
    fuzz::require(message.nlmsg_type != RTM_DELNEIGH || notice->state == 0, "what is deleted has no state");
  }
  static_cast<void>(net::is_usual_rule(message));
}

void look_up(const std::vector<net::Route>& routes) {
  const net::RouteTable table(routes);
  std::vector<IpAddress> asked{IpAddress(), *IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")};
  for (const net::Route& route : routes) asked.push_back(route.prefix.address());
  for (const IpAddress& address : asked) {
    const net::Route* const best = table.find(address);
    for (const net::Route& route : routes) {
      if (!route.prefix.contains(address)) continue;
      fuzz::require(best != nullptr && best->prefix.contains(address), "a route that leads there is found");
      fuzz::require(best->prefix.length() >= route.prefix.length(), "the longest prefix is found");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::vector<std::byte> received(bytes.begin(), bytes.end());  // Aligned, and of exactly this size.
  Found found;
  net::for_each_message(received, [&](const nlmsghdr& message) {
    read(message, found);
    return true;
  });
  fuzz::require(found.messages * sizeof(nlmsghdr) <= size, "messages lie behind each other");
  look_up(found.routes);
  return 0;
}
