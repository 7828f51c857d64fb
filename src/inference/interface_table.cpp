#include "inference/interface_table.hpp"

namespace isthmus::inference {
namespace {

// Part of what lies behind an interface that one AS must make up to be taken for its operator,
constexpr std::uint32_t kMajorityPercent = 75;
// and part of the traces that must show something behind it at all: a route that changed under way joins two hops that
// never were neighbours, and where the next hop is silent nothing else would speak against it.
constexpr std::uint32_t kShownPercent = 25;

Asn majority_behind(const Interface& interface) {
  const AsnTally& behind = interface.behind;
  if (behind.total() * 100 < interface.traces * kShownPercent) return Asn{};
  const Asn top = behind.top();
  return behind.count(top) * 100 >= behind.total() * kMajorityPercent ? top : Asn{};
}

}  // namespace

InterfaceId InterfaceTable::intern(const IpAddress& address) {
  const auto [entry, is_new] = numbers_.try_emplace(address, static_cast<InterfaceId>(interfaces_.size()));
  if (is_new) {
    Interface& interface = interfaces_.emplace_back();
    interface.address = address;
    annotate(interface);
  }
  return entry->second;
}

void InterfaceTable::annotate(Interface& interface) const {
  const ip2as::Annotation annotation = ip2as::annotate(*data_, interface.address);
  interface.kind = annotation.kind;
  interface.owner = annotation.asn;
  interface.exchange = annotation.exchange;
  interface.dual_origin = !annotation.others.empty();
  if (annotation.kind != ip2as::AddressKind::announced) return;
  const auto registered = data_->registry.lookup(interface.address);
  if (registered && registered->asn != annotation.asn) interface.registrant = registered->asn;
}

void InterfaceTable::set_data(const ip2as::NetworkData& data) {
  data_ = &data;
  for (Interface& interface : interfaces_) {
    interface = Interface{.address = interface.address};
    annotate(interface);
  }
}

std::span<const Asn> InterfaceTable::other_origins(InterfaceId id) const {
  return ip2as::annotate(*data_, interfaces_[id].address).others;
}

bool answers_elsewhere(const Interface& interface) {
  if (interface.detours > 0) return true;
  return interface.before.distinct() > 1 && interface.before.count(interface.owner) > 0;
}

Asn operator_of(const Interface& interface, const ip2as::Relationships& relationships) {
  const Asn behind = majority_behind(interface);
  if (behind.is_none() || behind == interface.owner) return interface.owner;
  if (interface.owner.is_none()) return behind;
  if (interface.kind == ip2as::AddressKind::exchange || interface.behind.count(interface.owner) > 0) {
    return interface.owner;
  }
  const bool is_customer = relationships.between(interface.owner, behind) == ip2as::Relation::customer;
  return is_customer ? behind : interface.owner;
}

}  // namespace isthmus::inference
