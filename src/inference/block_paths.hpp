#pragma once
// The paths of one block, and the rule that needs all of them. Belongs to a PathMap.

#include <vector>

#include "inference/last_hop_rules.hpp"
#include "inference/seen_path.hpp"
#include "isthmus/inference/path_map.hpp"

namespace isthmus::inference {

/// Two lists of the same length in the order of their keys: what others may read, and what only inference needs.
struct BlockPaths {
  TargetId target{0};
  Block block;
  std::vector<Path> paths{};
  std::vector<SeenPath> seen{};
  std::vector<Asn> testimony{};  ///< Upstream that this path stands witness for; none for most.
  bool ever_reached{false};

  /// Where the key is, or would be.
  [[nodiscard]] std::size_t find(const PathKey& key) const;
  [[nodiscard]] bool holds(std::size_t at, const PathKey& key) const {
    return at < paths.size() && paths[at].key == key;
  }
  void insert(std::size_t at, const PathKey& key);
  void erase(std::size_t at);
};

/// Whether traces of this block keep dying right behind the router of this path, or behind routers of the network that
/// it names if that is a known provider: at least three of at least two flows, and none ever got through.
[[nodiscard]] bool has_silent_border(const BlockPaths& block, std::size_t path);

}  // namespace isthmus::inference
