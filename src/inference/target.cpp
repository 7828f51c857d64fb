#include "inference/target.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace isthmus::inference {
namespace {

// Who else announces the prefixes. An AS that sells the target transit is not the target, though it may announce for
// it.
void add_other_origins(std::vector<Asn>& own, const TargetNetwork& network, const ip2as::NetworkData& data) {
  for (const Prefix& prefix : network.prefixes) {
    const ip2as::Annotation origin = ip2as::annotate(data, prefix.address());
    std::vector<Asn> all(origin.others.begin(), origin.others.end());
    all.push_back(origin.asn);
    if (std::ranges::find(all, network.asn) == all.end()) continue;
    for (const Asn other : all) {
      if (data.relationships.between(network.asn, other) != ip2as::Relation::provider) own.push_back(other);
    }
  }
}

IpAddress last_of(const Prefix& prefix) {
  std::array<std::uint8_t, 16> bytes = prefix.address().bytes();
  const int width = prefix.address().width();
  for (int bit = prefix.length(); bit < width; ++bit) {
    bytes[static_cast<std::size_t>(bit) / 8] |= static_cast<std::uint8_t>(0x80U >> (static_cast<unsigned>(bit) % 8));
  }
  if (!prefix.address().is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                       (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]});
}

}  // namespace

Target::Target(TargetNetwork network, const ip2as::NetworkData& data)
    : network_(std::move(network)), relationships_(&data.relationships) {
  std::vector<Prefix> prefixes = network_.prefixes;
  std::ranges::sort(prefixes);
  for (const Prefix& prefix : prefixes) {
    // Prefixes nest or are disjoint.
    if (held_.empty() || held_.back().last < prefix.address()) held_.push_back({prefix.address(), last_of(prefix)});
  }
  if (network_.asn.is_none()) return;
  own_.push_back(network_.asn);
  add_other_origins(own_, network_, data);
  const std::size_t named = own_.size();
  for (std::size_t i = 0; i < named; ++i) {
    const auto siblings = data.organisations.siblings(own_[i]);
    own_.insert(own_.end(), siblings.begin(), siblings.end());
  }
  std::ranges::sort(own_);
  own_.erase(std::unique(own_.begin(), own_.end()), own_.end());
  for (const Asn asn : own_) {
    const auto providers = data.relationships.providers(asn);
    providers_.insert(providers_.end(), providers.begin(), providers.end());
  }
  charted_ = !providers_.empty();
  providers_.insert(providers_.end(), network_.known_providers.begin(), network_.known_providers.end());
  std::ranges::sort(providers_);
  providers_.erase(std::unique(providers_.begin(), providers_.end()), providers_.end());
  std::erase_if(providers_, [&](Asn asn) { return owns(asn); });
}

bool Target::holds(const IpAddress& address) const {
  const auto behind = std::ranges::upper_bound(held_, address, {}, &Range::first);
  return behind != held_.begin() && address <= std::prev(behind)->last;
}

ip2as::Relation Target::relation_to(Asn asn) const {
  if (std::ranges::binary_search(providers_, asn)) return ip2as::Relation::provider;
  for (const Asn own : own_) {
    const ip2as::Relation relation = relationships_->between(own, asn);
    if (relation != ip2as::Relation::none) return relation;
  }
  return ip2as::Relation::none;
}

}  // namespace isthmus::inference
