#include "support/internet/prober.hpp"

#include <algorithm>
#include <chrono>

namespace isthmus::testing::internet {
namespace {

// What a hash is drawn for; keeps the draws apart.
enum Draw : std::uint64_t { kProbeDraw = 0x7062, kBackDraw = 0x6162, kAccessDraw = 0x6163 };

constexpr Duration kTimeout = std::chrono::seconds(2);
// Answers of one router that make a loop.
constexpr int kLoopCount = 3;

bool is_loop(const Trace& trace, const IpAddress& router) {
  return std::ranges::count_if(trace.hops, [&](const Hop& hop) {
           const Reply* answer = hop.answer();
           return answer != nullptr && answer->from == router;
         }) >= kLoopCount;
}

}  // namespace

Duration Prober::round_trip(const Stand& stand, const Errand& errand, std::uint64_t hash) const {
  // The way back is another one, up to a third longer. Answers are made in the slow path, some very slowly.
  const std::uint64_t seed = internet_.settings().seed;
  const std::uint32_t longer = below(hash_of(seed, kBackDraw, stand.as, errand.vantage_index), 34);
  std::uint64_t us = stand.delay_us + std::uint64_t{stand.return_us} * (100 + longer) / 100;
  us += 500 + below(hash_of(seed, kAccessDraw, errand.vantage_index), 6000);
  us += std::uint64_t{below(mixed(hash + 1), 1500)} * below(mixed(hash + 2), 1000) / 1000;
  if (below(mixed(hash + 3), 20) == 0) us += below(mixed(hash + 4), 40000);
  return std::chrono::microseconds(us);
}

Reply Prober::reply_from(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const {
  const Settings& settings = internet_.settings();
  const bool v4 = settings.family == Family::ipv4;
  const IcmpWords& words = icmp_words(settings.family);
  Reply reply;
  reply.from = export_address(stand.from, settings.family);
  reply.rtt = round_trip(stand, errand, hash);
  // Hops back: about as many as there, by AS and vantage point.
  const int more = static_cast<int>(below(hash_of(settings.seed, kBackDraw, errand.vantage_index, stand.as), 5)) - 1;
  const int initial = stand.router == kNone ? 64 : internet_.habits().of(stand.router).initial_ttl;
  reply.ttl = static_cast<Ttl>(initial - std::clamp(ttl - 1 + more, 0, 60));
  reply.ip_id = v4 ? static_cast<std::uint16_t>(mixed(hash + 5)) : std::uint16_t{0};
  reply.size = v4 ? 56 : 96;
  reply.kind = ReplyKind::time_exceeded;
  reply.icmp_type = words.time_exceeded;
  reply.quoted_ttl = stand.quoted;
  if (stand.kind == Stand::Kind::refusal) {
    reply.kind = ReplyKind::unreachable;
    reply.icmp_type = words.unreachable;
    reply.icmp_code = stand.code;
  } else if (stand.kind == Stand::Kind::host) {
    fill_host_reply(reply, errand);
  }
  if (stand.label != 0) {
    reply.mpls.push_back({.label = stand.label, .experimental = 0, .bottom = true, .ttl = stand.label_ttl});
    reply.size = v4 ? 168 : 208;
  }
  return reply;
}

void Prober::fill_host_reply(Reply& reply, const Errand& errand) const {
  const IcmpWords& words = icmp_words(internet_.settings().family);
  switch (settings_.protocol) {
    case Protocol::icmp:
      reply.kind = ReplyKind::echo_reply;
      reply.icmp_type = words.echo_reply;
      reply.quoted_ttl.reset();
      break;
    case Protocol::udp:
      reply.kind = ReplyKind::unreachable;
      reply.icmp_type = words.unreachable;
      reply.icmp_code = words.port;
      break;
    case Protocol::tcp:
      reply.kind = below(mixed(errand.destination), 3) == 0 ? ReplyKind::tcp_syn_ack : ReplyKind::tcp_rst;
      reply.icmp_type = 0;
      reply.quoted_ttl.reset();
      reply.size = 40;
      break;
  }
}

Outcome Prober::answer(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const {
  const ReplySettings& rates = internet_.settings().replies;
  if (stand.kind == Stand::Kind::nobody || happens(hash, rates.loss)) return TimedOut{};
  if (stand.router != kNone) {
    // Who refuses packets says so, even if it never says that they expired.
    const RouterHabits& habits = internet_.habits().of(stand.router);
    if (habits.silent && stand.kind == Stand::Kind::router) return TimedOut{};
    if (habits.limited && happens(mixed(hash), rates.rate_limited_loss)) return TimedOut{};
  }
  return reply_from(stand, errand, ttl, hash);
}

Trace Prober::begin(const Errand& errand) const {
  const Family family = internet_.settings().family;
  const std::uint32_t at_home = kHomeRouter + 99;
  Trace trace;
  trace.vantage = errand.vantage->name;
  trace.target = errand.target->name;
  trace.source = export_address(errand.vantage->translated ? at_home : errand.vantage->address, family);
  trace.seen_from = export_address(errand.vantage->address, family);
  trace.destination = export_address(errand.destination, family);
  trace.protocol = settings_.protocol;
  trace.flow = errand.flow;
  trace.started = trace.ended = errand.started;
  trace.stop = StopReason::max_ttl;
  return trace;
}

void Prober::ask(const Errand& errand, const Lineup& lineup, int ttl, Trace& trace) const {
  Hop& hop = trace.hops.emplace_back();
  hop.ttl = static_cast<Ttl>(ttl);
  const auto time = static_cast<std::uint64_t>(errand.started.time_since_epoch().count());
  bool answered = false;
  for (int attempt = 0; attempt < settings_.attempts && (settings_.ask_all || !answered); ++attempt) {
    const std::uint64_t hash = hash_of(internet_.settings().seed, kProbeDraw, errand.vantage_index, errand.destination,
                                       errand.flow.value, time, ttl, attempt);
    hop.outcomes.push_back(answer(lineup.at(ttl), errand, ttl, hash));
    const Reply* reply = reply_of(hop.outcomes.back());
    answered = answered || reply != nullptr;
    trace.ended += reply == nullptr ? kTimeout : reply->rtt;
  }
}

// Whether the last hop ends the trace; says why.
bool Prober::ends(Trace& trace) const {
  const Reply* answer = trace.hops.back().answer();
  if (answer == nullptr) {
    const auto silent = std::ranges::find_if(trace.hops.rbegin(), trace.hops.rend(),
                                             [](const Hop& hop) { return hop.answer() != nullptr; });
    if (silent - trace.hops.rbegin() < settings_.gap_limit) return false;
    trace.stop = StopReason::gap_limit;
    return true;
  }
  if (answer->kind != ReplyKind::time_exceeded) {
    const bool refused = answer->from != trace.destination && answer->kind == ReplyKind::unreachable;
    trace.stop = refused ? StopReason::unreachable : StopReason::reached;
    return true;
  }
  if (!is_loop(trace, answer->from)) return false;
  trace.stop = StopReason::loop;
  return true;
}

Trace Prober::trace(const Errand& errand, const Lineup& lineup, std::vector<Asn>& operators) const {
  Trace trace = begin(errand);
  trace.hops.reserve(std::min<std::size_t>(static_cast<std::size_t>(lineup.length()) + 5, settings_.max_ttl));
  operators.clear();
  for (int ttl = 1; ttl <= settings_.max_ttl; ++ttl) {
    const AsIndex as = lineup.at(ttl).as;
    operators.push_back(as == kNone ? Asn{} : internet_.asn(as));
    ask(errand, lineup, ttl, trace);
    if (ends(trace)) break;
  }
  return trace;
}

}  // namespace isthmus::testing::internet
