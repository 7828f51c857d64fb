#include "inference/target.hpp"

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

}  // namespace

Target::Target(TargetNetwork network, const ip2as::NetworkData& data)
    : network_(std::move(network)), relationships_(&data.relationships) {
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

ip2as::Relation Target::relation_to(Asn asn) const {
  if (std::ranges::binary_search(providers_, asn)) return ip2as::Relation::provider;
  for (const Asn own : own_) {
    const ip2as::Relation relation = relationships_->between(own, asn);
    if (relation != ip2as::Relation::none) return relation;
  }
  return ip2as::Relation::none;
}

}  // namespace isthmus::inference
