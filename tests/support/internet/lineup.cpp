#include "support/internet/lineup.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

// What a hash is drawn for; keeps the draws apart.
enum Draw : std::uint64_t {
  kHostDraw = 0x686F,
  kOffPathDraw = 0x6F66,
  kAbsentDraw = 0x7268,
  kNoRouteDraw = 0x6E72,
  kBackDraw = 0x6261,
  kLabelDraw = 0x6C61,
};

// Labels below are reserved (RFC 3032 section 2.1).
constexpr std::uint32_t kFirstLabel = 16;
constexpr std::uint32_t kLabels = (1U << 20) - kFirstLabel;

}  // namespace

const IcmpWords& icmp_words(Family family) {
  static constexpr IcmpWords kV4{11, 3, 0, 3, 1, 0, 13};
  static constexpr IcmpWords kV6{3, 1, 129, 4, 3, 0, 1};
  return family == Family::ipv4 ? kV4 : kV6;
}

Lineup::Lineup(const Internet& internet, const Outages& outages)
    : internet_(internet), outages_(outages), forwarding_(internet.settings(), internet.graph(), internet.topology()) {
  for (const Vantage& vantage : internet.vantages()) {
    back_.emplace_back(internet.graph(), internet.preferences());
    back_.back().compute(internet.announcements().all()[vantage.announcement], outages);
  }
}

std::uint32_t Lineup::towards_source(const Step& step, const Errand& errand) {
  const Vantage& vantage = *errand.vantage;
  const std::uint64_t flow = hash_of(internet_.settings().seed, kBackDraw, errand.destination, step.router);
  if (step.router == vantage.router) return vantage.gateway;
  if (step.as == vantage.as) return forwarding_.interior_interface(step.router, vantage.router, flow);
  Routes& routes = back_[errand.vantage_index];
  const auto exit = forwarding_.choose_exit(step.router, routes, vantage.announcement, outages_, flow);
  if (!exit) return step.in;
  return exit->near == step.router ? exit->near_address : forwarding_.interior_interface(step.router, exit->near, flow);
}

std::uint32_t Lineup::answer_address(const Step& step, const Errand& errand) {
  const std::uint32_t in = step.in == kNone ? errand.vantage->gateway : step.in;
  switch (internet_.habits().of(step.router).with) {
    case AnswersWith::ingress: return in;
    case AnswersWith::towards_source: return towards_source(step, errand);
    case AnswersWith::forward: return step.out == kNone ? in : step.out;
    case AnswersWith::loopback: return internet_.topology().routers()[step.router].loopback;
  }
  return in;
}

void Lineup::push(const Stand& stand) {
  if (ttl_ran_out_) {
    // The router before let the packet pass with nothing left; this one answers in its place.
    stands_.push_back(stand);
    stands_.back().quoted = 0;
    ttl_ran_out_ = false;
  }
  stands_.push_back(stand);
}

void Lineup::add_home(const Vantage& vantage) {
  const auto add = [&](std::uint32_t address, std::uint32_t delay) {
    push({.kind = Stand::Kind::home, .as = vantage.as, .from = address, .delay_us = delay, .return_us = delay});
  };
  if (vantage.translated) add(kHomeRouter, 300);
  if (vantage.carrier_translator != kNone) add(vantage.carrier_translator, 2500);
}

void Lineup::add_router(const Step& step, const Errand& errand) {
  push({.as = step.as,
        .router = step.router,
        .from = answer_address(step, errand),
        .delay_us = step.delay_us,
        .return_us = step.delay_us});
  if (internet_.habits().of(step.router).zero_ttl) {
    stands_.pop_back();
    ttl_ran_out_ = true;
  }
}

// The routers inside a tunnel from step `first` to step `last`, both of which are outside of it.
void Lineup::add_tunnel(const Errand& errand, const Way& way, std::size_t first, std::size_t last) {
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
      stand.label = kFirstLabel + below(hash_of(internet_.settings().seed, kLabelDraw, step.router, tail), kLabels);
    } else {
      stand.quoted = static_cast<std::uint8_t>(i - first);
    }
    push(stand);
  }
}

// A tunnel goes from the router by which the flow enters an AS to the one by which it leaves, or where it ends.
void Lineup::add_routers(const Errand& errand, const Way& way, std::size_t count) {
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
      Stand& tail = stands_.back();
      tail.label = kFirstLabel + below(hash_of(internet_.settings().seed, kLabelDraw, tail.router), kLabels);
      tail.label_ttl = static_cast<std::uint8_t>(255 - (last - i));
    }
    i = last;
  }
}

void Lineup::add_refusal(const Step& step, const Errand& errand, std::uint8_t code) {
  push({.kind = Stand::Kind::refusal,
        .as = step.as,
        .router = step.router,
        .from = answer_address(step, errand),
        .delay_us = step.delay_us,
        .return_us = step.delay_us,
        .code = code});
  repeat_from_ = stands_.size() - 1;
}

// Border and provider hand the packet to each other until it dies.
void Lineup::add_loop(const Errand& errand, const Way& way, std::size_t border) {
  const Link& link = internet_.topology().links()[way.steps[border].link];
  Step back = way.steps[border - 1];
  back.in = link.a == back.router ? link.address_a : link.address_b;
  const std::size_t begin = stands_.size();
  add_router(back, errand);
  add_router(way.steps[border], errand);
  // With two routers that both ignore TTLs the packet never dies; nobody says so.
  if (stands_.size() > begin) repeat_from_ = begin;
}

// Of a machine with several: in the same block, or on a link of its network to somebody else, in whose space it may be.
std::uint32_t Lineup::other_address(const Errand& errand) const {
  const AsGraph& graph = internet_.graph();
  const std::uint64_t hash = hash_of(internet_.settings().seed, kOffPathDraw, errand.destination, 1);
  const auto& neighbours = graph.ases[errand.block->holder].neighbours;
  if (neighbours.empty() || happens(hash, 0.5)) return errand.block->network + 254;
  const std::uint32_t which = neighbours[below(mixed(hash), static_cast<std::uint32_t>(neighbours.size()))].adjacency;
  const Link& link = internet_.topology().links()[graph.adjacencies[which].first_crossing];
  return graph.adjacencies[which].a == errand.block->holder ? link.address_a : link.address_b;
}

// Behind the last router: the destination, somebody who says that it is not there, or nobody.
void Lineup::add_end(const Errand& errand, const Way& way) {
  const Settings& settings = internet_.settings();
  const Step& last = way.steps.back();
  const IcmpWords& words = icmp_words(settings.family);
  if (!way.arrives) {
    if (happens(hash_of(settings.seed, kNoRouteDraw, last.router), 0.5)) add_refusal(last, errand, words.net);
    return;
  }
  if (internet_.habits().block(errand.block->network).repeated && !stands_.empty()) {
    stands_.back().from = errand.destination;
  }
  if (happens(hash_of(settings.seed, kHostDraw, errand.destination), settings.edge.host_answers)) {
    const bool elsewhere =
        happens(hash_of(settings.seed, kOffPathDraw, errand.destination), settings.edge.off_path_reply);
    push({.kind = Stand::Kind::host,
          .as = last.as,
          .from = elsewhere ? other_address(errand) : errand.destination,
          .delay_us = last.delay_us + 200,
          .return_us = last.delay_us + 200});
    repeat_from_ = stands_.size() - 1;
  } else if (happens(hash_of(settings.seed, kAbsentDraw, errand.block->network), settings.edge.host_unreachable)) {
    add_refusal(last, errand, words.host);
  }
}

void Lineup::line_up_behind_home(const Errand& errand, const Way& way) {
  const auto entry = std::ranges::find_if(
      way.steps, [&](const Step& step) { return step.link != kNone && step.as == errand.block->holder; });
  const auto border = static_cast<std::size_t>(entry - way.steps.begin());
  const bool enters = entry != way.steps.end();
  const Edge edge = enters ? internet_.habits().edge(errand.block->holder) : Edge::open;
  switch (edge) {
    case Edge::open: break;
    case Edge::drops_inside: return add_routers(errand, way, border + 1);
    case Edge::drops_all: return add_routers(errand, way, border);
    case Edge::prohibits:
    case Edge::provider_prohibits:
      add_routers(errand, way, border);
      return add_refusal(way.steps[edge == Edge::prohibits ? border : border - 1], errand,
                         icmp_words(internet_.settings().family).prohibited);
  }
  const bool unused = internet_.habits().block(errand.block->network).unused;
  add_routers(errand, way, unused && enters ? border + 1 : way.steps.size());
  if (!unused) {
    add_end(errand, way);
  } else if (enters) {
    add_loop(errand, way, border);
  }
}

void Lineup::line_up(const Errand& errand, const Way& way) {
  stands_.clear();
  repeat_from_ = kNone;
  ttl_ran_out_ = false;
  add_home(*errand.vantage);
  line_up_behind_home(errand, way);
  if (!ttl_ran_out_) return;
  stands_.push_back({.kind = Stand::Kind::nobody});
  ttl_ran_out_ = false;
}

void Lineup::change_at(int ttl, const Lineup& before) {
  const auto count = static_cast<std::size_t>(ttl - 1);
  if (count >= stands_.size() || count >= before.stands_.size()) return;
  std::copy_n(before.stands_.begin(), count, stands_.begin());
}

const Stand& Lineup::at(int ttl) const {
  static const Stand kNobody{.kind = Stand::Kind::nobody};
  const auto index = static_cast<std::size_t>(ttl - 1);
  if (index < stands_.size()) return stands_[index];
  if (repeat_from_ >= stands_.size()) return kNobody;
  return stands_[repeat_from_ + (index - repeat_from_) % (stands_.size() - repeat_from_)];
}

}  // namespace isthmus::testing::internet
