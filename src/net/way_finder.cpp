#include "net/way_finder.hpp"

#include <linux/neighbour.h>

#include <algorithm>
#include <cerrno>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kMostRemembered = 65536;
constexpr Duration kAnswerLifetime = std::chrono::seconds(5);
// Between two looks at the kernel's notices, and between two listings of its tables.
constexpr Duration kRefreshInterval = std::chrono::milliseconds(1);
constexpr Duration kReloadInterval = std::chrono::milliseconds(50);
// The kernel keeps some dozens of packets for a neighbour while it asks for its address, which takes less than a
// millisecond on a link that works. Bulk senders wait that out with EAGAIN; nobody waits longer than this in a queue.
constexpr unsigned kMostQueued = 32;
constexpr Duration kQueueing = std::chrono::milliseconds(100);
constexpr Duration kPatience = std::chrono::seconds(1);
// A link-layer address is never used up; now and then the kernel should look whether it still holds.
constexpr Duration kCheckInterval = std::chrono::seconds(30);
constexpr Duration kRetryInterval = std::chrono::seconds(1);

constexpr int kUsable = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE;

}  // namespace

Result<std::unique_ptr<WayFinder>> WayFinder::open(const Binding& binding) {
  auto netlink = Netlink::open();
  if (!netlink) return netlink.error();
  std::unique_ptr<WayFinder> finder(new WayFinder(std::move(*netlink), binding));
  finder->reload();
  return finder;
}

void WayFinder::reload() {
  stale_ = false;
  last_reload_ = monotonic_now();
  links_.clear();
  asked_.clear();
  neighbours_.clear();
  last_ = {};
  interface_ = 0;
  for (Link& link : netlink_.links()) {
    if (link.name == binding_.interface) interface_ = link.index;
    links_.emplace(link.index, std::move(link));
  }
  tables_ = RoutingTables::read(netlink_, binding_, interface_);
}

void WayFinder::refresh(Instant now) {
  if (now - last_refresh_ < kRefreshInterval) return;
  last_refresh_ = now;
  take_notices();
  if (stale_ && now - last_reload_ >= kReloadInterval) reload();
}

void WayFinder::take_notices() {
  const Netlink::Changes changes = netlink_.take_changes();
  for (const NeighbourNotice& notice : changes.neighbours) take(notice);
  stale_ = stale_ || changes.tables;
}

void WayFinder::take(const NeighbourNotice& notice) {
  const auto found = neighbours_.find({notice.interface, notice.address});
  if (found == neighbours_.end()) return;
  Neighbour& neighbour = found->second;
  if ((notice.state & kUsable) != 0 && notice.mac) {
    const bool was_known = neighbour.state == Neighbour::State::known;
    neighbour.state = Neighbour::State::known;
    neighbour.mac = *notice.mac;
    if (!was_known) neighbour.next_check = monotonic_now() + kCheckInterval;
  } else if ((notice.state & NUD_FAILED) != 0) {
    if (neighbour.state != Neighbour::State::failed) neighbour.next_check = monotonic_now() + kRetryInterval;
    neighbour.state = Neighbour::State::failed;
  } else if (notice.state == 0 && neighbour.state == Neighbour::State::known) {
    neighbour.state = Neighbour::State::unknown;
  }
}

const Route* WayFinder::route_to(const IpAddress& destination, Instant now) {
  return tables_ ? tables_->find(destination).route : ask_kernel(destination, now);
}

const Route* WayFinder::ask_kernel(const IpAddress& destination, Instant now) {
  const auto found = asked_.find(destination);
  const bool fresh = found != asked_.end() && now - found->second.when < kAnswerLifetime;
  if (!fresh) {
    if (asked_.size() >= kMostRemembered) asked_.clear();
    last_ = {};  // It may point to what is replaced.
    asked_.insert_or_assign(destination, Asked{netlink_.route_to(destination, binding_.source, interface_), now});
  }
  const auto& route = asked_.find(destination)->second.route;
  return route ? &*route : nullptr;
}

Way WayFinder::way_to(const IpAddress& destination, Instant now) {
  if (!binding_.interface.empty() && interface_ == 0) return {.error = ENODEV};
  const Route* const route = route_to(destination, now);
  if (route == nullptr) return {.error = ENETUNREACH};
  if (route == last_.route) return way_by(*last_.link, *last_.neighbour, now);
  if (!route->plain) return {.how = Way::How::kernel};
  const auto link = links_.find(route->interface);
  if (link == links_.end() || !link->second.ethernet) return {.how = Way::How::kernel};
  if (!link->second.up) return {.error = ENETDOWN};
  // As the kernel does it where nobody answers for addresses: to the link's own.
  if (!link->second.resolves) return {.how = Way::How::link, .link = &link->second, .mac = &link->second.mac};
  Neighbour& next = neighbour({link->second.index, route->gateway.value_or(destination)});
  if (route->gateway) last_ = {route, &link->second, &next};
  return way_by(link->second, next, now);
}

WayFinder::Neighbour& WayFinder::neighbour(const Hop& hop) {
  const auto found = neighbours_.find(hop);
  if (found != neighbours_.end()) return found->second;
  if (neighbours_.size() >= kMostRemembered) {
    neighbours_.clear();
    last_ = {};
  }
  Neighbour& fresh = neighbours_[hop];
  if (const auto notice = netlink_.neighbour(hop.interface, hop.address)) take(*notice);
  // That it did not answer somebody else some time ago says little.
  if (fresh.state == Neighbour::State::failed) fresh.state = Neighbour::State::unknown;
  return fresh;
}

Way WayFinder::way_by(const Link& link, Neighbour& next, Instant now) {
  if (next.state == Neighbour::State::waiting) {
    // Every moment counts here: senders wait for it.
    take_notices();
  }
  switch (next.state) {
    case Neighbour::State::known:
      if (now < next.next_check) return {.how = Way::How::link, .link = &link, .mac = &next.mac};
      next.next_check = now + kCheckInterval;
      return {.how = Way::How::kernel};
    case Neighbour::State::unknown:
      next.state = Neighbour::State::waiting;
      next.since = now;
      next.queued = 1;
      return {.how = Way::How::kernel};
    case Neighbour::State::waiting: return way_while_waiting(next, now);
    case Neighbour::State::failed: break;
  }
  if (now < next.next_check) return {.error = EHOSTUNREACH};
  next.next_check = now + kRetryInterval;
  return {.how = Way::How::kernel_lost, .error = EHOSTUNREACH};
}

Way WayFinder::way_while_waiting(Neighbour& next, Instant now) {
  const Duration waited = now - next.since;
  if (waited < kPatience && next.queued < kMostQueued) {
    ++next.queued;
    return {.how = Way::How::kernel};
  }
  if (waited < kQueueing) return {.error = EAGAIN};
  if (waited >= kPatience) {
    next.state = Neighbour::State::failed;
    next.next_check = now + kRetryInterval;
  }
  return {.error = EHOSTUNREACH};
}

const Link* WayFinder::main_link() {
  const auto usable = [](const Link& link) { return link.ethernet && link.up; };
  if (interface_ != 0) return usable(links_.at(interface_)) ? &links_.at(interface_) : nullptr;
  for (const IpAddress& anywhere : {IpAddress::v4(0), IpAddress::v6({})}) {
    const Route* const route = tables_ ? tables_->main().find(anywhere) : nullptr;
    const auto link = route == nullptr ? links_.end() : links_.find(route->interface);
    if (link != links_.end() && usable(link->second)) return &link->second;
  }
  const auto is_usable = [&](const auto& entry) { return usable(entry.second); };
  const auto only = std::find_if(links_.begin(), links_.end(), is_usable);
  return std::count_if(links_.begin(), links_.end(), is_usable) == 1 ? &only->second : nullptr;
}

}  // namespace isthmus::net
