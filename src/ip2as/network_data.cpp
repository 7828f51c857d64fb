#include "isthmus/ip2as/network_data.hpp"

#include <algorithm>

#include "ip2as/prefix_table_data.hpp"
#include "ip2as/public_space.hpp"

namespace isthmus::ip2as {
namespace {

bool is_special(const IpAddress& address) {
  return address.is_v4() ? !is_public(address.v4_value(), 32) : !is_public(to_number<Uint128>(address), 128);
}

Asn member(const Origin& origin, std::size_t index) { return index == 0 ? origin.asn : origin.others[index - 1]; }

// An origin that every other one sells transit to, directly or not: the network itself, the others announce it for it.
bool in_every_cone(const Relationships& relationships, const Origin& origin, Asn candidate) {
  const auto holds = [&](Asn of) { return relationships.in_cone(of, candidate); };
  return holds(origin.asn) && std::ranges::all_of(origin.others, holds);
}

std::size_t pick(const NetworkData& data, const Origin& origin) {
  const auto same = [&](Asn other) { return data.organisations.same(origin.asn, other); };
  if (std::ranges::all_of(origin.others, same)) return 0;
  for (std::size_t index = 0; index <= origin.others.size(); ++index) {
    if (in_every_cone(data.relationships, origin, member(origin, index))) return index;
  }
  return 0;
}

Annotation owned(const NetworkData& data, AddressKind kind, const Origin& origin) {
  if (origin.others.empty()) [[likely]]
    return {.kind = kind, .asn = origin.asn};
  const std::size_t picked = pick(data, origin);
  return {.kind = kind, .asn = member(origin, picked), .others = others_than(origin, picked)};
}

}  // namespace

std::string_view NetworkData::name_of(Asn asn) const {
  for (const PrefixTable* table : {&overrides, &prefixes}) {
    if (const std::string_view name = table->name_of(asn); !name.empty()) return name;
  }
  if (const std::string_view name = organisations.name_of(asn); !name.empty()) return name;
  return registry.name_of(asn);
}

const char* to_string(AddressKind kind) {
  switch (kind) {
    case AddressKind::unknown: return "unknown";
    case AddressKind::special: return "special";
    case AddressKind::overridden: return "overridden";
    case AddressKind::exchange: return "exchange";
    case AddressKind::announced: return "announced";
    case AddressKind::registered: return "registered";
  }
  return "unknown";
}

Annotation annotate(const NetworkData& data, const IpAddress& address) {
  if (is_special(address)) return {.kind = AddressKind::special};
  if (const auto origin = data.overrides.lookup(address)) return owned(data, AddressKind::overridden, *origin);
  if (const auto port = data.exchanges.lookup(address)) {
    return {.kind = AddressKind::exchange, .asn = port->member, .exchange = port->exchange};
  }
  if (const auto origin = data.prefixes.lookup(address)) return owned(data, AddressKind::announced, *origin);
  if (const auto origin = data.registry.lookup(address)) return owned(data, AddressKind::registered, *origin);
  return {};
}

}  // namespace isthmus::ip2as
