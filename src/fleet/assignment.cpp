#include "isthmus/fleet/assignment.hpp"

#include <algorithm>

namespace isthmus::fleet {
namespace {

// One of the two halves of a prefix, which is longer by one bit.
Prefix half_of(const Prefix& prefix, bool upper) {
  const int length = prefix.length() + 1;
  if (!upper) return {prefix.address(), length};
  std::array<std::uint8_t, 16> bytes = prefix.address().bytes();
  bytes[static_cast<std::size_t>((length - 1) / 8)] |= static_cast<std::uint8_t>(0x80 >> ((length - 1) % 8));
  if (!prefix.address().is_v4()) return {IpAddress::v6(bytes), length};
  const IpAddress address = IpAddress::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                                          std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]});
  return {address, length};
}

// Several prefixes may cover one together, none of them alone.
bool covered(const Prefix& prefix, std::span<const Prefix> by) {
  if (std::ranges::any_of(by, [&](const Prefix& each) { return each.contains(prefix); })) return true;
  if (std::ranges::none_of(by, [&](const Prefix& each) { return prefix.contains(each); })) return false;
  return covered(half_of(prefix, false), by) && covered(half_of(prefix, true), by);
}

bool covered(const IpAddress& address, std::span<const Prefix> by) {
  return std::ranges::any_of(by, [&](const Prefix& each) { return each.contains(address); });
}

void add_rest(const Prefix& whole, std::span<const Prefix> prefixes, std::vector<Prefix>& rest) {
  if (std::ranges::any_of(prefixes, [&](const Prefix& each) { return each.contains(whole); })) return;
  if (std::ranges::none_of(prefixes, [&](const Prefix& each) { return whole.contains(each); })) {
    rest.push_back(whole);
    return;
  }
  add_rest(half_of(whole, false), prefixes, rest);
  add_rest(half_of(whole, true), prefixes, rest);
}

// What of a target is outside; empty when nothing is.
std::string outside(const AssignedTarget& target, std::span<const Prefix> allow) {
  for (const Prefix& prefix : target.prefixes) {
    if (!covered(prefix, allow)) return to_string(prefix);
  }
  for (const IpAddress& address : target.addresses) {
    if (!covered(address, allow)) return to_string(address);
  }
  return {};
}

void lower(const char* name, std::uint32_t ceiling, std::uint32_t& rate, std::vector<std::string>& refusals) {
  if (rate <= ceiling) return;
  refusals.push_back(std::string(name) + " " + std::to_string(rate) + " is above probing." + name +
                     " of this agent's file; " + std::to_string(ceiling) + " is used");
  rate = ceiling;
}

}  // namespace

Confined confine(Assignment assignment, const AssignmentLimits& limits) {
  Confined confined;
  std::vector<std::string>& refusals = confined.refusals;
  std::erase_if(assignment.targets, [&](const AssignedTarget& target) {
    const std::string what = outside(target, limits.allow);
    if (what.empty()) return false;
    refusals.push_back("target " + target.name + " is left out: " + what +
                       " is outside probing.allow of this agent's file");
    return true;
  });
  std::erase_if(assignment.controls, [&](const IpAddress& control) {
    if (covered(control, limits.allow)) return false;
    refusals.push_back("control " + to_string(control) +
                       " is left out: it is outside probing.allow of this agent's file");
    return true;
  });
  lower("rate_limit", limits.rate_limit, assignment.rate_limit, refusals);
  lower("router_limit", limits.router_limit, assignment.router_limit, refusals);
  confined.assignment = std::move(assignment);
  return confined;
}

std::vector<Prefix> everything_but(std::span<const Prefix> prefixes) {
  std::vector<Prefix> rest;
  add_rest(Prefix(IpAddress::v4(0), 0), prefixes, rest);
  add_rest(Prefix(IpAddress::v6({}), 0), prefixes, rest);
  return rest;
}

}  // namespace isthmus::fleet
