#include "bench/resilience/budget_world.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::bench {
namespace {

using support::SimRouter;

constexpr double kSilent = 0.08;     // of the routers never answer,
constexpr double kLimited = 0.1;     // answer once a second and six times after a pause, as Linux does,
constexpr double kBalancing = 0.15;  // or send flows over two or three interfaces,
constexpr double kPerPacket = 0.01;  // or packets, whatever their flow.

// Most paths are stable for days, some change within hours, and few every quarter of an hour: as published on routes
// (Paxson 1997; Cunha et al. 2011), the changes are those of a minority.
double changes_a_second(double draw) {
  if (draw < 0.7) return 1.0 / (48 * 3600);
  if (draw < 0.92) return 1.0 / (3 * 3600);
  return 1.0 / (15 * 60);
}

}  // namespace

BudgetWorld::BudgetWorld(const WorldSettings& settings) : settings_(settings), random_(settings.seed) {
  const Routers access = make_routers(3);
  for (std::size_t i = 0; i < settings.blocks; ++i) {
    make_block(i);
    blocks_[i].access = access;
    const double rate = changes_a_second(random());
    make_changes(i, Part::provider, rate, blocks_[i].provider.size());
    make_changes(i, Part::transit, changes_a_second(random()), blocks_[i].transit.size());
    make_changes(i, Part::balancer, 1.0 / (6 * 3600), 100);
  }
  std::stable_sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
}

double BudgetWorld::random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

IpAddress BudgetWorld::host(std::size_t block) {
  return IpAddress::v4(0xC6120001U + (static_cast<std::uint32_t>(block) << 8));  // 198.18.0.0/15
}

Prefix BudgetWorld::prefix(std::size_t block) { return isthmus::Block::of(host(block)).prefix; }

BudgetWorld::Routers BudgetWorld::make_routers(std::size_t count) {
  Routers routers(count);
  for (SimRouter& router : routers) {
    const double kind = random();
    const bool balances = kind > 1 - kBalancing;
    router.silent = kind < kSilent;
    if (kind >= kSilent && kind < kSilent + kLimited) {
      router.icmp_per_second = 1;
      router.icmp_burst = 6;
    }
    router.per_packet = kind > 1 - kPerPacket;
    const std::size_t interfaces = balances ? 2 + random_() % 2 : 1;
    for (std::size_t i = 0; i < interfaces; ++i)
      router.interfaces.push_back(IpAddress::v4(0x0A000000U + ++next_router_));
  }
  return routers;
}

void BudgetWorld::make_block(std::size_t index) {
  blocks_.resize(std::max(blocks_.size(), index + 1));
  Block& block = blocks_[index];
  const std::size_t transit = 3 + random_() % 4;
  for (std::size_t v = 0; v < 2; ++v) block.transit.push_back(make_routers(transit + random_() % 2));
  const std::size_t providers = 2 + random_() % 2;
  const std::size_t length = 2 + random_() % 3;
  for (std::size_t v = 0; v < providers; ++v) {
    // The last one is the border of the target's network, numbered by the provider.
    block.provider.push_back(make_routers(length + random_() % 2));
    SimRouter& before_border = block.provider.back()[block.provider.back().size() - 2];
    before_border.silent = false;
  }
  block.inside = make_routers(random_() % 2);
}

void BudgetWorld::make_changes(std::size_t index, Part part, double per_second, std::size_t variants) {
  std::size_t variant = 0;
  std::exponential_distribution<double> pause(per_second);
  double at = 3600 + pause(random_);  // after an hour in which everybody may learn the paths
  while (at < to_seconds(settings_.duration)) {
    variant = (variant + 1 + random_() % (variants - 1)) % variants;
    changes_.push_back({Duration(static_cast<Duration::rep>(at * 1e9)), index, part, variant});
    at += pause(random_);
  }
}

BudgetWorld::Routers BudgetWorld::way_of(const Block& block) const {
  Routers way = block.access;
  for (const Routers* part : {&block.transit[block.transit_now], &block.provider[block.provider_now], &block.inside}) {
    way.insert(way.end(), part->begin(), part->end());
  }
  for (SimRouter& router : way) {
    const auto turn = static_cast<std::ptrdiff_t>(block.turn % router.interfaces.size());
    std::rotate(router.interfaces.begin(), router.interfaces.begin() + turn, router.interfaces.end());
  }
  return way;
}

void BudgetWorld::build(support::PathSimulator& network) const {
  network.set_loss(settings_.loss);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    network.add_path({.prefix = prefix(i), .routers = way_of(blocks_[i]), .hosts = {host(i)}});
  }
}

void BudgetWorld::apply(const Change& change, support::PathSimulator& network) {
  Block& block = blocks_[change.block];
  switch (change.part) {
    case Part::provider: block.provider_now = change.variant; break;
    case Part::transit: block.transit_now = change.variant; break;
    case Part::balancer: block.turn = change.variant; break;
  }
  network.path(prefix(change.block)).routers = way_of(block);
}

void BudgetWorld::reset() {
  for (Block& block : blocks_) block.transit_now = block.provider_now = block.turn = 0;
}

bool BudgetWorld::shows(const IpAddress& address, std::size_t block, Part part, std::size_t variant) const {
  const auto& variants = part == Part::provider ? blocks_[block].provider : blocks_[block].transit;
  return std::any_of(variants[variant].begin(), variants[variant].end(), [&](const SimRouter& router) {
    return std::find(router.interfaces.begin(), router.interfaces.end(), address) != router.interfaces.end();
  });
}

std::size_t BudgetWorld::provider_of(const IpAddress& address, std::size_t block) const {
  std::size_t variant = 0;
  while (variant < blocks_[block].provider.size() && !shows(address, block, Part::provider, variant)) ++variant;
  return variant;
}

bool BudgetWorld::is_upstream(const IpAddress& address, std::size_t block) const {
  return provider_of(address, block) < blocks_[block].provider.size();
}

double BudgetWorld::mean_hops() const {
  double hops = 0;
  for (const Block& block : blocks_) hops += static_cast<double>(way_of(block).size() + 1);
  return hops / static_cast<double>(blocks_.size());
}

}  // namespace isthmus::bench
