#include "support/internet/address_plan.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace isthmus::testing::internet {
namespace {

// A /8 is left out when any of it has a special purpose (IANA's registry), so that all that is given out is public.
bool is_usable(std::uint32_t slash8) {
  constexpr std::array<std::uint32_t, 9> kSpecial{0, 10, 100, 127, 169, 172, 192, 198, 203};
  return slash8 < 224 && std::ranges::find(kSpecial, slash8) == kSpecial.end();
}

constexpr std::uint32_t size_of(int length) { return 1U << (32 - length); }

}  // namespace

bool is_special(std::uint32_t address) {
  return address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8 || address >> 22 == 0x191;
}

IpAddress export_address(std::uint32_t address, Family family) {
  if (family == Family::ipv4) return IpAddress::v4(address);
  std::array<std::uint8_t, 16> bytes{};
  if (is_special(address)) {
    bytes[0] = 0xFD;
  } else {
    bytes[0] = 0x2A;
    bytes[1] = 0x10;
    bytes[2] = 0x0D;
  }
  bytes[3] = static_cast<std::uint8_t>(address >> 24);
  bytes[4] = static_cast<std::uint8_t>(address >> 16);
  bytes[5] = static_cast<std::uint8_t>(address >> 8);
  bytes[15] = static_cast<std::uint8_t>(address);
  return IpAddress::v6(bytes);
}

Prefix export_prefix(std::uint32_t first, int length, Family family) {
  if (family == Family::ipv4) return {IpAddress::v4(first), length};
  return {export_address(first, family), length <= 24 ? length + 24 : length + 96};
}

AddressPlan::AddressPlan(const Settings& settings, const AsGraph& graph)
    : settings_(settings),
      graph_(graph),
      random_(hash_of(settings.seed, 0x61646472U)),
      blocks_(graph.ases.size()),
      numbered_from_(graph.ases.size(), kNone),
      dark_(graph.ases.size()),
      routers_(graph.ases.size()),
      unannounced_(graph.ases.size()),
      customers_(graph.ases.size()),
      router_space_(graph.ases.size()),
      special_{0x0A000000, 0x0B000000},
      cursor_(0x01000000) {
  // Neighbours in the address space have nothing to do with each other.
  std::vector<AsIndex> order(graph.ases.size());
  for (AsIndex i = 0; i < order.size(); ++i) order[i] = i;
  random_.shuffle(order);
  // Providers have their space before their customers get a part of it.
  for (const AsIndex as : order) {
    const bool stub = graph.ases[as].tier == Tier::stub;
    if (stub && random_.chance(settings.addresses.provider_space_stub)) {
      const auto& neighbours = graph.ases[as].neighbours;
      const auto provider = std::ranges::find(neighbours, Role::provider, &Neighbour::role);
      if (provider != neighbours.end()) numbered_from_[as] = provider->as;
    }
    if (numbered_from_[as] == kNone) allocate_for(as);
  }
  for (AsIndex as = 0; as < router_space_.size(); ++as) router_space_[as] = as;
  for (const AsIndex as : order) {
    if (numbered_from_[as] != kNone) {
      number_from_provider(as);
    } else {
      number_from_sibling(as);
      lease(as);
    }
  }
  std::ranges::sort(leased_);
}

void AddressPlan::number_from_sibling(AsIndex as) {
  const auto& neighbours = graph_.ases[as].neighbours;
  const auto sibling = std::ranges::find(neighbours, Role::sibling, &Neighbour::role);
  // The smaller one uses the larger one's, which came first.
  if (sibling == neighbours.end() || sibling->as > as || numbered_from_[sibling->as] != kNone) return;
  if (router_space_[sibling->as] != sibling->as) return;
  if (random_.chance(settings_.addresses.infrastructure_of_sibling)) router_space_[as] = sibling->as;
}

void AddressPlan::lease(AsIndex as) {
  if (graph_.ases[as].tier != Tier::stub || !random_.chance(settings_.addresses.leased)) return;
  const auto carriers = std::ranges::find(graph_.ases, Tier::stub, &As::tier) - graph_.ases.begin();
  const AsIndex lessor = random_.below(static_cast<std::uint32_t>(carriers));
  if (graph_.neighbour(as, lessor) != nullptr) return;
  blocks_[as].push_back(assign_block(lessor));
  leased_.push_back(blocks_[as].back());
}

bool AddressPlan::is_leased(std::uint32_t network) const { return std::ranges::binary_search(leased_, network); }

std::uint32_t AddressPlan::allocate(int length, AsIndex holder, bool announced, bool registered) {
  const std::uint32_t size = size_of(length);
  for (;;) {
    cursor_ = (cursor_ + size - 1) & ~(size - 1);
    if (is_usable(cursor_ >> 24)) break;
    cursor_ = ((cursor_ >> 24) + 1) << 24;
    if (cursor_ >> 24 >= 224) throw std::length_error("the address space is used up; ask for fewer ASes");
  }
  const std::uint32_t first = cursor_;
  cursor_ += size;
  allocations_.push_back({.first = first,
                          .length = length,
                          .holder = holder,
                          .exchange = kNone,
                          .announced = announced,
                          .registered = registered});
  return first;
}

void AddressPlan::allocate_for(AsIndex index) {
  const As& as = graph_.ases[index];
  const double stub_sizes[] = {0.08, 0.12, 0.25, 0.25, 0.30};  // /20 to /24
  int length = 24;
  switch (as.tier) {
    case Tier::tier1: length = 14; break;
    case Tier::transit: length = 16; break;
    case Tier::regional: length = static_cast<int>(random_.between(17, 19)); break;
    case Tier::stub: length = 20 + static_cast<int>(random_.weighted(stub_sizes)); break;
  }
  const std::uint32_t first = allocate(length, index, true, true);
  const std::uint32_t end = first + size_of(length);
  std::uint32_t users_end = end;
  if (as.tier == Tier::stub) {
    // The last quarter of the last /24 numbers the routers; hosts keep out of it in every /24.
    routers_[index] = {end - 64, end};
  } else {
    users_end = first + size_of(length) / 2;
    customers_[index] = {users_end, end - size_of(length) / 8};
    routers_[index] = {end - size_of(length) / 8, end};
  }
  for (std::uint32_t block = first; block != users_end; block += 256) blocks_[index].push_back(block);
  dark_[index] = random_.chance(settings_.addresses.infrastructure_unannounced);
  if (dark_[index]) routers_[index] = {0, 0};
}

AddressPlan::Pool& AddressPlan::pool_of(AsIndex owner, Numbering numbering) {
  switch (numbering) {
    case Numbering::unannounced: return unannounced_[owner];
    case Numbering::unregistered: return unregistered_;
    case Numbering::special: return special_;
    case Numbering::own:
    case Numbering::customer:
    case Numbering::exchange: break;
  }
  return routers_[owner];
}

std::uint32_t AddressPlan::take(Pool& pool, std::uint32_t count, AsIndex owner, Numbering numbering) {
  std::uint32_t first = (pool.next + count - 1) & ~(count - 1);
  if (pool.end == 0 || first + count > pool.end) {
    const bool dark = numbering == Numbering::unannounced || (numbering != Numbering::unregistered && dark_[owner]);
    const bool shared = numbering == Numbering::unregistered;
    const int length = shared ? 20 : graph_.ases[owner].tier == Tier::stub ? 24 : 21;
    first = allocate(length, shared ? kNone : owner, !dark && !shared, !shared);
    pool = {first, first + size_of(length)};
  }
  pool.next = first + count;
  return first;
}

LinkAddresses AddressPlan::link(AsIndex owner, Numbering numbering) {
  if (numbering == Numbering::own || numbering == Numbering::customer) owner = router_space_[owner];
  Pool& pool = pool_of(owner, numbering);
  if (random_.chance(settings_.addresses.slash31)) {
    const std::uint32_t first = take(pool, 2, owner, numbering);
    return {first, first + 1};
  }
  const std::uint32_t first = take(pool, 4, owner, numbering);
  return {first + 1, first + 2};
}

std::uint32_t AddressPlan::loopback(AsIndex owner) {
  const AsIndex from = router_space_[owner];
  return take(routers_[from], 1, from, Numbering::own);
}

std::uint32_t AddressPlan::assign_block(AsIndex provider) {
  Pool& pool = customers_[provider];
  if (pool.next + 256 > pool.end) {
    const std::uint32_t first = allocate(20, provider, true, true);
    pool = {first, first + size_of(20)};
  }
  const std::uint32_t first = pool.next;
  pool.next += 256;
  return first;
}

void AddressPlan::number_from_provider(AsIndex as) {
  const std::uint32_t count = random_.chance(0.35) ? 2 : 1;
  for (std::uint32_t i = 0; i < count; ++i) blocks_[as].push_back(assign_block(numbered_from_[as]));
  const std::uint32_t last = blocks_[as].back();
  routers_[as] = {last + 192, last + 256};
}

AddressPlan::Lan AddressPlan::give_lan(std::uint32_t exchange, std::uint32_t ports) {
  int length = 24;
  while (size_of(length) < ports + 8) --length;
  const std::uint32_t first = allocate(length, kNone, false, true);
  allocations_.back().exchange = exchange;
  next_lans_.push_back({allocate(length, kNone, false, true), length});
  allocations_.pop_back();
  return {first, length};
}

}  // namespace isthmus::testing::internet
