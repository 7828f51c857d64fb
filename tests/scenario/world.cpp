#include "scenario/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace isthmus::scenario {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTimeout = std::chrono::seconds(1);
constexpr Duration kProbeSpacing = milliseconds(20);
constexpr Duration kPacketSpacing = std::chrono::seconds(1);  // Of the packets of one ping.
constexpr Duration kNear = milliseconds(30);                  // To a vantage point's own transit and back,
constexpr Duration kFar = milliseconds(80);                   // and to anywhere.
constexpr int kGapLimit = 5;
constexpr double kConvergence = 1.0;  // Seconds until the last vantage point has the new route.

}  // namespace

World::World(const Scenario& scenario, unsigned seed) : scenario_(scenario), random_(seed), loss_(scenario.loss) {}

double World::random() { return static_cast<double>(random_()) / (static_cast<double>(std::mt19937::max()) + 1); }

bool World::lost() { return loss_ > 0 && random() < loss_; }

World::Route World::RouteHistory::at(Timestamp time) const {
  const auto next = changes.upper_bound(time);
  return next == changes.begin() ? std::nullopt : std::prev(next)->second;
}

void World::apply(const Words& action, Timestamp now, bool at_once) {
  const std::vector<std::string>& words = action.words;
  const std::string& verb = words.at(0);
  if (verb == "blind") {
    blind_.insert(words.at(1));
  } else if (verb == "sight") {
    blind_.erase(words.at(1));
  } else if (verb == "host-off") {
    off_.insert(IpAddress::parse(words.at(1)).value());
  } else if (verb == "host-on") {
    off_.erase(IpAddress::parse(words.at(1)).value());
  } else if (verb == "loss") {
    loss_ = std::stod(words.at(1));
  } else if (verb == "carry" || verb == "cut") {
    const std::size_t first = verb == "carry" ? 3 : 2;
    const Block block{Prefix::parse(words.at(1)).value()};
    const Route route =
        verb == "carry" ? Route(Asn{static_cast<std::uint32_t>(std::stoul(words.at(2)))}) : std::nullopt;
    for (const VantageSpec& vantage : scenario_.vantages) {
      const auto named = std::find(words.begin() + static_cast<std::ptrdiff_t>(first), words.end(), vantage.name);
      if (words.size() > first && named == words.end()) continue;
      const double delay = at_once ? 0 : kConvergence * random();
      routes_[{vantage.name, block}].changes[now + milliseconds(static_cast<int>(delay * 1000))] = route;
    }
  } else {
    throw std::runtime_error("line " + std::to_string(action.line) + ": unknown action " + verb);
  }
}

Reply World::reply(const IpAddress& from, ReplyKind kind) {
  return Reply{.from = from,
               .kind = kind,
               .icmp_type = 0,
               .icmp_code = 0,
               .rtt = kFar,
               .ttl = 50,
               .quoted_ttl = Ttl{1},
               .size = 56};
}

Outcome World::echo(const VantageSpec& vantage, const IpAddress& address, const Route& route) {
  if (blind_.contains(vantage.name) || lost()) return TimedOut{};
  if (route && !off_.contains(address)) return reply(address, ReplyKind::echo_reply);
  // Some routers say that they have no route, some do not.
  if (!route && random() < 0.5) return reply(vantage.routers.back(), ReplyKind::unreachable);
  return TimedOut{};
}

World::Measured World::ping(const VantageSpec& vantage, const std::string& target, const IpAddress& address,
                            Timestamp now) {
  PingSeries series{.vantage = vantage.name, .target = target, .source = {}, .address = address, .outcomes = {}};
  Timestamp known{};
  for (int packet = 0; packet < scenario_.packets; ++packet) {
    const Timestamp sent = now + packet * kPacketSpacing;
    const bool is_control = target.empty();
    const Route route = is_control ? Route(Asn{1}) : routes_[{vantage.name, Block::of(address)}].at(sent);
    const Outcome outcome = echo(vantage, address, route);
    const Reply* answer = reply_of(outcome);
    known = sent + (answer == nullptr ? kTimeout : answer->kind == ReplyKind::unreachable ? kNear : kFar);
    series.outcomes.push_back({.sent = sent, .outcome = outcome});
  }
  return {.observation = series, .known = known};
}

World::Seen World::look_behind_transit(const BlockSpec& block, const IpAddress& address, std::size_t index,
                                       const Route& route, const VantageSpec& vantage) {
  if (!route) {
    if (index == 0 && random() < 0.5) {
      return {reply(vantage.routers.back(), ReplyKind::unreachable), true, StopReason::unreachable};
    }
    return {TimedOut{}};
  }
  const auto upstream = std::find_if(scenario_.upstreams.begin(), scenario_.upstreams.end(),
                                     [&](const UpstreamSpec& spec) { return spec.asn == *route; });
  if (upstream == scenario_.upstreams.end()) throw std::runtime_error("no such upstream: " + to_string(*route));
  if (index < upstream->routers.size()) {
    const std::string& router = upstream->routers[index];
    if (router == "*") return {TimedOut{}};
    return {reply(IpAddress::parse(router).value(), ReplyKind::time_exceeded)};
  }
  if (block.hosts.empty() || off_.contains(address)) return {TimedOut{}};
  return {reply(address, ReplyKind::unreachable), true, StopReason::reached};
}

World::Seen World::look(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address, Ttl ttl,
                        Timestamp when) {
  if (blind_.contains(vantage.name) || lost()) return {TimedOut{}};
  const std::size_t index = ttl - 1U;
  if (index < vantage.routers.size()) return {reply(vantage.routers[index], ReplyKind::time_exceeded)};
  const Route route = routes_[{vantage.name, block.block}].at(when);
  return look_behind_transit(block, address, index - vantage.routers.size(), route, vantage);
}

World::Measured World::trace(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address, FlowId flow,
                             Timestamp now) {
  Trace trace;
  trace.vantage = vantage.name;
  trace.target = scenario_.target;
  trace.destination = address;
  trace.flow = flow;
  trace.started = now;
  int silent = 0;
  bool waited = false;
  for (Ttl ttl = 1; ttl <= 32; ++ttl) {
    const Timestamp when = now + ttl * kProbeSpacing;
    Seen seen = look(vantage, block, address, ttl, when);
    Hop hop{.ttl = ttl, .outcomes = {seen.outcome}};
    if (scenario_.packets == 1 && reply_of(seen.outcome) == nullptr) {
      seen = look(vantage, block, address, ttl, when + kProbeSpacing);
      hop.outcomes = {seen.outcome};
    }
    for (int packet = 1; packet < scenario_.packets; ++packet) {
      const Seen more = look(vantage, block, address, ttl, when + packet * kProbeSpacing);
      hop.outcomes.push_back(more.outcome);
      if (reply_of(seen.outcome) == nullptr) seen = more;
    }
    const bool answered = reply_of(seen.outcome) != nullptr;
    silent = answered ? 0 : silent + 1;
    waited = waited || !answered;
    trace.hops.push_back(std::move(hop));
    trace.ended = when + milliseconds(100);
    trace.stop = seen.final ? seen.stop : ttl == 32 ? StopReason::max_ttl : StopReason::gap_limit;
    if (seen.final || silent == kGapLimit) break;
  }
  if (waited) trace.ended += kTimeout;
  return {.observation = trace, .known = trace.ended};
}

}  // namespace isthmus::scenario
