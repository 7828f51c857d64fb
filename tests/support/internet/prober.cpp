#include "support/internet/prober.hpp"

#include <algorithm>
#include <chrono>

namespace isthmus::testing::internet {
namespace {

using std::chrono::microseconds;

// What a hash is drawn for; keeps the draws apart.
enum Draw : std::uint64_t {
  kHostDraw = 0x686F,
  kOffPathDraw = 0x6F66,
  kRefusedHostDraw = 0x7268,
  kNoRouteDraw = 0x6E72,
  kProbeDraw = 0x7062,
  kBackDraw = 0x6261,
  kLabelDraw = 0x6C61,
};

constexpr Duration kTimeout = std::chrono::seconds(2);
// Answers of one router that make a loop.
constexpr int kLoopCount = 3;
constexpr std::uint32_t kHomeRouter = 0xC0A80101;  // 192.168.1.1

struct IcmpWords {
  std::uint8_t time_exceeded, unreachable, echo_reply, port, host, net, prohibited;
};
// RFC 792 and RFC 1812; RFC 4443.
constexpr IcmpWords kIcmpV4{11, 3, 0, 3, 1, 0, 13};
constexpr IcmpWords kIcmpV6{3, 1, 129, 4, 3, 0, 1};

}  // namespace

Prober::Prober(const Internet& internet, const ProbeSettings& settings, const Outages& outages)
    : internet_(internet),
      settings_(settings),
      outages_(outages),
      forwarding_(internet.settings(), internet.graph(), internet.topology()) {
  for (const Vantage& vantage : internet.vantages()) {
    back_.emplace_back(internet.graph(), internet.preferences());
    back_.back().compute(internet.announcements().all()[vantage.announcement], outages);
  }
}

std::uint32_t Prober::towards_source(const Step& step, const Errand& errand) {
  const Vantage& vantage = *errand.vantage;
  const std::uint64_t flow = hash_of(internet_.settings().seed, kBackDraw, errand.destination, step.router);
  if (step.as == vantage.as) {
    if (step.router == vantage.router) return vantage.gateway;
    return forwarding_.interior_interface(step.router, vantage.router, flow);
  }
  const auto exit =
      forwarding_.choose_exit(step.router, back_[errand.vantage_index], vantage.announcement, outages_, flow);
  if (!exit) return step.in;
  return exit->near == step.router ? exit->near_address : forwarding_.interior_interface(step.router, exit->near, flow);
}

std::uint32_t Prober::answer_address(const Step& step, const Errand& errand) {
  const std::uint32_t in = step.in == kNone ? errand.vantage->gateway : step.in;
  switch (internet_.habits().of(step.router).with) {
    case AnswersWith::ingress: return in;
    case AnswersWith::towards_source: return towards_source(step, errand);
    case AnswersWith::forward: return step.out == kNone ? in : step.out;
    case AnswersWith::loopback: return internet_.topology().routers()[step.router].loopback;
  }
  return in;
}

void Prober::push(const Stand& stand) {
  if (ttl_ran_out_) {
    // The router before let the packet pass with nothing left; this one answers in its place.
    stands_.push_back(stand);
    stands_.back().quoted = 0;
    ttl_ran_out_ = false;
  }
  stands_.push_back(stand);
}

void Prober::add_router(const Step& step, const Errand& errand) {
  Stand stand{.as = step.as,
              .router = step.router,
              .from = answer_address(step, errand),
              .delay_us = step.delay_us,
              .return_us = step.delay_us};
  push(stand);
  if (internet_.habits().of(step.router).zero_ttl) {
    stands_.pop_back();
    ttl_ran_out_ = true;
  }
}

// The routers inside a tunnel from step `first` to step `last`, both of which are outside of it.
void Prober::add_tunnel(const Errand& errand, const Way& way, std::size_t first, std::size_t last) {
  const Tunnels kind = internet_.habits().tunnels(way.steps[first].as);
  if (kind == Tunnels::invisible || kind == Tunnels::opaque) return;
  const RouterId tail = way.steps[last].router;
  for (std::size_t i = first + 1; i < last; ++i) {
    const Step& step = way.steps[i];
    Stand stand{.as = step.as,
                .router = step.router,
                .from = answer_address(step, errand),
                .delay_us = step.delay_us,
                // The answer travels to the tunnel's end before it turns round (Donnet et al. 2012).
                .return_us = 2 * way.steps[last].delay_us - step.delay_us};
    if (kind == Tunnels::explicit_labels) {
      stand.label = 16 + below(hash_of(internet_.settings().seed, kLabelDraw, step.router, tail), 0xFFFEF);
    } else {
      stand.quoted = static_cast<std::uint8_t>(i - first);
    }
    push(stand);
  }
}

void Prober::add_routers(const Errand& errand, const Way& way, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    add_router(way.steps[i], errand);
    std::size_t last = i;
    while (last + 1 < way.steps.size() && way.steps[last + 1].as == way.steps[i].as) ++last;
    const bool enters = i == 0 || way.steps[i].link != kNone;
    const Tunnels kind = internet_.habits().tunnels(way.steps[i].as);
    if (!enters || kind == Tunnels::none || last < i + 2 || last >= count) continue;
    add_tunnel(errand, way, i, last);
    add_router(way.steps[last], errand);
    if (kind == Tunnels::opaque && !ttl_ran_out_) {
      stands_.back().label =
          16 + below(hash_of(internet_.settings().seed, kLabelDraw, way.steps[last].router), 0xFFFEF);
      stands_.back().label_ttl = static_cast<std::uint8_t>(255 - (last - i));
    }
    i = last;
  }
}

void Prober::add_refusal(const Step& step, const Errand& errand, std::uint8_t code) {
  push({.kind = Kind::refusal,
        .as = step.as,
        .router = step.router,
        .from = answer_address(step, errand),
        .delay_us = step.delay_us,
        .return_us = step.delay_us,
        .code = code});
  repeat_from_ = stands_.size() - 1;
}

// Border and provider hand the packet to each other until it dies.
void Prober::add_loop(const Errand& errand, const Way& way, std::size_t border) {
  const Link& link = internet_.topology().links()[way.steps[border].link];
  Step back = way.steps[border - 1];
  back.in = link.a == back.router ? link.address_a : link.address_b;
  repeat_from_ = stands_.size();
  add_router(back, errand);
  add_router(way.steps[border], errand);
  if (stands_.size() <= repeat_from_) repeat_from_ = 0;
}

void Prober::add_host(const Errand& errand, const Way& way) {
  const Settings& settings = internet_.settings();
  const Step& last = way.steps.back();
  if (internet_.habits().block(errand.block->network).repeated && !stands_.empty()) {
    stands_.back().from = errand.destination;
  }
  Stand host{.kind = Kind::host,
             .as = last.as,
             .from = errand.destination,
             .delay_us = last.delay_us + 200,
             .return_us = last.delay_us + 200};
  const IcmpWords& words = settings.family == Family::ipv4 ? kIcmpV4 : kIcmpV6;
  if (happens(hash_of(settings.seed, kHostDraw, errand.destination), settings.edge.host_answers)) {
    if (happens(hash_of(settings.seed, kOffPathDraw, errand.destination), settings.edge.off_path_reply)) {
      host.from = errand.block->network + 254;
    }
    push(host);
    repeat_from_ = stands_.size() - 1;
  } else if (happens(hash_of(settings.seed, kRefusedHostDraw, errand.block->network), settings.edge.host_unreachable)) {
    add_refusal(last, errand, words.host);
  }
}

void Prober::line_up(const Errand& errand, const Way& way) {
  stands_.clear();
  repeat_from_ = kNone;
  ttl_ran_out_ = false;
  if (errand.vantage->translated) {
    push({.kind = Kind::home, .as = errand.vantage->as, .from = kHomeRouter, .delay_us = 300, .return_us = 300});
  }
  const auto entry = std::ranges::find_if(
      way.steps, [&](const Step& step) { return step.link != kNone && step.as == errand.block->holder; });
  const auto border = static_cast<std::size_t>(entry - way.steps.begin());
  const bool enters = entry != way.steps.end();
  const IcmpWords& words = internet_.settings().family == Family::ipv4 ? kIcmpV4 : kIcmpV6;
  const Edge edge = enters ? internet_.habits().edge(errand.block->holder) : Edge::open;
  const bool unused = internet_.habits().block(errand.block->network).unused;
  if (edge == Edge::drops_inside) return add_routers(errand, way, border + 1);
  if (edge == Edge::drops_all) return add_routers(errand, way, border);
  if (edge == Edge::prohibits || edge == Edge::provider_prohibits) {
    add_routers(errand, way, border);
    return add_refusal(way.steps[edge == Edge::prohibits ? border : border - 1], errand, words.prohibited);
  }
  if (unused) {
    add_routers(errand, way, enters ? border + 1 : way.steps.size());
    if (enters) add_loop(errand, way, border);
    return;
  }
  add_routers(errand, way, way.steps.size());
  if (way.arrives) return add_host(errand, way);
  const Step& last = way.steps.back();
  if (happens(hash_of(internet_.settings().seed, kNoRouteDraw, last.router), 0.5)) {
    add_refusal(last, errand, words.net);
  }
}

const Prober::Stand& Prober::stand_at(int ttl) const {
  static const Stand kNobody{.kind = Kind::nothing};
  const auto index = static_cast<std::size_t>(ttl - 1);
  if (index < stands_.size()) return stands_[index];
  if (repeat_from_ >= stands_.size()) return kNobody;
  return stands_[repeat_from_ + (index - repeat_from_) % (stands_.size() - repeat_from_)];
}

Reply Prober::reply_from(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const {
  const Settings& settings = internet_.settings();
  const bool v4 = settings.family == Family::ipv4;
  const IcmpWords& words = v4 ? kIcmpV4 : kIcmpV6;
  Reply reply;
  reply.from = export_address(stand.from, settings.family);
  // The way back is another one, up to a third longer; answers are made in the slow path, some of them very slowly.
  const std::uint64_t back = hash_of(settings.seed, kBackDraw, stand.as, errand.vantage_index);
  std::uint64_t us = stand.delay_us + std::uint64_t{stand.return_us} * (100 + below(back, 34)) / 100;
  us += 500 + below(hash_of(settings.seed, kBackDraw, errand.vantage_index), 6000);
  us += std::uint64_t{below(mixed(hash + 1), 1500)} * below(mixed(hash + 2), 1000) / 1000;
  if (below(mixed(hash + 3), 20) == 0) us += below(mixed(hash + 4), 40000);
  reply.rtt = microseconds(us);
  const int distance = std::max(0, ttl - 1 + static_cast<int>(below(mixed(back), 5)) - 1);
  const int initial =
      stand.kind == Kind::router || stand.kind == Kind::refusal ? internet_.habits().of(stand.router).initial_ttl : 64;
  reply.ttl = static_cast<Ttl>(std::max(1, initial - distance));
  reply.ip_id = v4 ? static_cast<std::uint16_t>(mixed(hash + 5)) : std::uint16_t{0};
  reply.size = v4 ? 56 : 96;
  reply.kind = ReplyKind::time_exceeded;
  reply.icmp_type = words.time_exceeded;
  reply.quoted_ttl = stand.quoted;
  if (stand.kind == Kind::refusal) {
    reply.kind = ReplyKind::unreachable;
    reply.icmp_type = words.unreachable;
    reply.icmp_code = stand.code;
  } else if (stand.kind == Kind::host) {
    fill_host_reply(reply, errand, ttl);
  }
  if (stand.label != 0) {
    reply.mpls.push_back({.label = stand.label, .experimental = 0, .bottom = true, .ttl = stand.label_ttl});
    reply.size = static_cast<std::uint16_t>(v4 ? 168 : 208);
  }
  return reply;
}

void Prober::fill_host_reply(Reply& reply, const Errand& errand, int ttl) const {
  const bool v4 = internet_.settings().family == Family::ipv4;
  const IcmpWords& words = v4 ? kIcmpV4 : kIcmpV6;
  reply.quoted_ttl.reset();
  switch (settings_.protocol) {
    case Protocol::icmp:
      reply.kind = ReplyKind::echo_reply;
      reply.icmp_type = words.echo_reply;
      break;
    case Protocol::udp:
      reply.kind = ReplyKind::unreachable;
      reply.icmp_type = words.unreachable;
      reply.icmp_code = words.port;
      // Probes behind the destination's distance arrive with TTL to spare.
      reply.quoted_ttl = static_cast<Ttl>(std::max<int>(1, ttl - static_cast<int>(stands_.size()) + 1));
      break;
    case Protocol::tcp:
      reply.kind = below(mixed(errand.destination), 3) == 0 ? ReplyKind::tcp_syn_ack : ReplyKind::tcp_rst;
      reply.icmp_type = 0;
      reply.size = 40;
      break;
  }
}

Outcome Prober::ask(const Stand& stand, const Errand& errand, int ttl, int attempt) const {
  if (stand.kind == Kind::nothing) return TimedOut{};
  const Settings& settings = internet_.settings();
  const std::uint64_t hash =
      hash_of(settings.seed, kProbeDraw, errand.vantage_index, errand.destination, errand.flow.value,
              static_cast<std::uint64_t>(errand.started.time_since_epoch().count()), ttl, attempt);
  if (happens(hash, settings.replies.loss)) return TimedOut{};
  if (stand.kind == Kind::router || stand.kind == Kind::refusal) {
    const RouterHabits& habits = internet_.habits().of(stand.router);
    if (habits.silent && stand.kind == Kind::router) return TimedOut{};
    if (habits.limited && happens(mixed(hash), settings.replies.rate_limited_loss)) return TimedOut{};
  }
  return reply_from(stand, errand, ttl, hash);
}

Trace Prober::trace(const Errand& errand, const Way& way, std::vector<Asn>& operators) {
  line_up(errand, way);
  if (ttl_ran_out_) stands_.push_back({.kind = Kind::nothing});
  const Family family = internet_.settings().family;
  Trace trace;
  trace.vantage = errand.vantage->name;
  trace.target = errand.target->name;
  trace.source = export_address(errand.vantage->translated ? kHomeRouter + 99 : errand.vantage->address, family);
  trace.destination = export_address(errand.destination, family);
  trace.protocol = settings_.protocol;
  trace.flow = errand.flow;
  trace.started = trace.ended = errand.started;
  trace.stop = StopReason::max_ttl;
  operators.clear();
  trace.hops.reserve(std::min<std::size_t>(stands_.size() + 5, settings_.max_ttl));
  int silent = 0;
  for (int ttl = 1; ttl <= settings_.max_ttl; ++ttl) {
    const Stand& stand = stand_at(ttl);
    Hop& hop = trace.hops.emplace_back();
    hop.ttl = static_cast<Ttl>(ttl);
    operators.push_back(stand.as == kNone ? Asn{} : internet_.asn(stand.as));
    for (int attempt = 0; attempt < settings_.attempts && hop.answer() == nullptr; ++attempt) {
      hop.outcomes.push_back(ask(stand, errand, ttl, attempt));
      const Reply* reply = reply_of(hop.outcomes.back());
      trace.ended += reply == nullptr ? kTimeout : reply->rtt;
    }
    const Reply* answer = hop.answer();
    silent = answer == nullptr ? silent + 1 : 0;
    if (answer != nullptr && answer->kind != ReplyKind::time_exceeded) {
      trace.stop = answer->from == trace.destination || answer->kind != ReplyKind::unreachable
                       ? StopReason::reached
                       : StopReason::unreachable;
      break;
    }
    if (answer != nullptr && is_loop(trace, answer->from)) {
      trace.stop = StopReason::loop;
      break;
    }
    if (silent == settings_.gap_limit) {
      trace.stop = StopReason::gap_limit;
      break;
    }
  }
  return trace;
}

bool Prober::is_loop(const Trace& trace, const IpAddress& router) {
  return std::ranges::count_if(trace.hops, [&](const Hop& hop) {
           const Reply* answer = hop.answer();
           return answer != nullptr && answer->from == router;
         }) >= kLoopCount;
}

}  // namespace isthmus::testing::internet
