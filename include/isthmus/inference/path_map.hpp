#pragma once
// The latest conclusion of every (block, vantage point, address, flow) of one target. Grows with each trace;
// owned and used by one thread (the core's), no I/O.

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "isthmus/inference/last_hop.hpp"

namespace isthmus::inference {

/// Hops of different keys are never mixed.
struct PathKey {
  std::string vantage;
  IpAddress address;
  FlowId flow;
  friend auto operator<=>(const PathKey&, const PathKey&) = default;
};

/// What one flow looks like now.
struct Path {
  LastHop last_hop;
  std::shared_ptr<const Trace> trace;
  std::shared_ptr<const Trace> before;  ///< The last conclusive one before what changed; null when none.
  Timestamp time{};                     ///< When `trace` ended.
  std::uint32_t repeats{1};             ///< Traces in a row with this router and this stop.
};

class PathMap {
 public:
  using Paths = std::map<PathKey, Path>;
  struct Update {
    const Path* path{nullptr};       ///< Valid until the next change of the map; null when the trace was older.
    std::optional<LastHop> earlier;  ///< The conclusion that it replaced.
  };

  /// Takes in a trace; one that started before the trace already held for its key is ignored.
  ///
  /// Silent rule: in a block that no trace ever reached, a router after which at least three traces of at
  /// least two flows die is the provider's side of a silent border (confidence B). Never for traces refused
  /// by a router.
  Update update(std::shared_ptr<const Trace> trace, const TargetNetwork& target, const ip2as::PrefixTable& prefixes);

  /// Paths of one block, ordered by vantage point, address and flow; empty when there are none.
  [[nodiscard]] const Paths& paths_of(const Block& block) const;

  /// Drops the paths for which `gone` holds.
  void erase_if(const Block& block, const std::function<bool(const PathKey&, const Path&)>& gone);

  void erase_block(const Block& block);

 private:
  struct BlockPaths {
    Paths paths;
    bool ever_reached{false};
  };
  static void apply_silent_rule(const BlockPaths& block, Path& path);

  std::unordered_map<Block, BlockPaths> blocks_;
};

}  // namespace isthmus::inference
