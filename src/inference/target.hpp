#pragma once
// A target as the rules ask about it: which addresses and ASes are its own. Immutable; belongs to a PathMap.

#include <algorithm>
#include <vector>

#include "inference/interface_table.hpp"
#include "isthmus/inference/target_network.hpp"
#include "isthmus/ip2as/network_data.hpp"

namespace isthmus::inference {

class Target {
 public:
  /// Its own ASes are its number, its siblings, and whoever else announces its prefixes without being its provider.
  Target(TargetNetwork network, const ip2as::NetworkData& data);

  [[nodiscard]] const TargetNetwork& network() const { return network_; }
  [[nodiscard]] Asn asn() const { return network_.asn; }
  [[nodiscard]] bool owns(Asn asn) const { return std::ranges::binary_search(own_, asn); }
  /// Whether the address lies in one of its prefixes.
  [[nodiscard]] bool holds(const IpAddress& address) const;
  /// What `asn` is to any of the target's ASes: a provider before all else.
  [[nodiscard]] ip2as::Relation relation_to(Asn asn) const;
  /// Whether the relationships know any provider of the target. What its operator says alone does not count: a provider
  /// that is new to the operator is just what is looked for.
  [[nodiscard]] bool has_known_providers() const { return charted_; }
  [[nodiscard]] const std::vector<Asn>& providers() const { return providers_; }

 private:
  struct Range {
    IpAddress first;
    IpAddress last;
  };

  TargetNetwork network_;
  const ip2as::Relationships* relationships_;
  std::vector<Range> held_;     // Ascending, disjoint: asked for every hop.
  std::vector<Asn> own_;        // Ascending.
  std::vector<Asn> providers_;  // Known ones of all its ASes, ascending.
  bool charted_{false};
};

}  // namespace isthmus::inference
