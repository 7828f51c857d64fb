#pragma once
// From the answers of one trace to the upstream on its last hop. Pure functions; the caller's thread.

#include <optional>

#include "inference/clues.hpp"
#include "inference/interface_table.hpp"
#include "inference/seen_path.hpp"
#include "inference/target.hpp"
#include "isthmus/inference/last_hop.hpp"

namespace isthmus::inference {

[[nodiscard]] Boundary find_boundary(const SeenPath& path, const Target& target, const InterfaceTable& interfaces);

/// What the rules made of a path: the upstream, the rule, and what speaks for and against it.
struct Verdict {
  std::optional<Asn> upstream;
  Rule rule{Rule::unmapped};
  Clues clues;
  std::optional<InterfaceId> router;
  int gap{0};
  bool reached{false};
};

/// `interfaces` holds what all traces show, this one among them; the path knows its boundary.
[[nodiscard]] Verdict apply_rules(const SeenPath& path, const Target& target, const InterfaceTable& interfaces,
                                  const ip2as::NetworkData& data);

}  // namespace isthmus::inference
