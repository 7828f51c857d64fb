#pragma once
// The latest conclusion of every (target, block, vantage point, address, flow), each read in the light of all others.
// Grows with each trace; owned and used by one thread (the core's), no I/O.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/inference/last_hop.hpp"
#include "isthmus/inference/target_network.hpp"
#include "isthmus/model/packed_trace.hpp"

namespace isthmus::ip2as {
struct NetworkData;
}

namespace isthmus::inference {

using TargetId = std::uint32_t;   ///< Of one PathMap.
using VantageId = std::uint32_t;  ///< Of one PathMap.

/// Hops of different keys are never mixed.
struct PathKey {
  VantageId vantage{0};
  IpAddress address;
  FlowId flow;
  friend auto operator<=>(const PathKey&, const PathKey&) = default;
};

/// What one flow looks like now.
struct Path {
  PathKey key;
  LastHop last_hop{};
  bool answered{false};      ///< By the destination itself.
  PackedTrace trace{};       ///< None when it was not kept.
  PackedTrace before{};      ///< The last conclusive one before what changed; none when there was none.
  Timestamp started{};       ///< When the latest trace started,
  Timestamp time{};          ///< and when it ended.
  std::uint32_t repeats{1};  ///< Traces in a row with this router and this stop.
};

/// One answer of a path and what it was taken for.
struct HopView {
  Ttl ttl{1};
  IpAddress address;
  Asn owner;          ///< Whose address it is; none when no data tells.
  Asn operator_asn;   ///< Who runs the router, as far as can be told.
  std::string place;  ///< "private", "exchange NAME", "registered", "override", "unmapped"; empty for announced space.
  bool own{false};    ///< Of the target's network.
};

class PathMap {
 public:
  /// Packed traces cost some three hundred bytes each, as much as the rest of a path.
  enum class Keep : std::uint8_t { traces, conclusions };
  struct Update {
    const Path* path{nullptr};       ///< Valid until the next change of the map; null when the trace was older.
    std::optional<LastHop> earlier;  ///< The conclusion that it replaced.
    bool repeated{false};            ///< Nothing was taken in: the trace held already began at the same moment.
    bool same_hops{false};           ///< The same interfaces answered as in the trace before, at the same TTLs.
  };

  /// `data` must not be null.
  explicit PathMap(std::shared_ptr<const ip2as::NetworkData> data, Keep keep = Keep::traces);
  ~PathMap();
  PathMap(PathMap&&) noexcept;
  PathMap& operator=(PathMap&&) noexcept;

  /// The number of a target; the same network always has the same.
  TargetId add_target(const TargetNetwork& network);
  /// The target under this number is now described so; its paths are read anew.
  void set_target(TargetId target, const TargetNetwork& network);
  /// Drops all paths of other targets. Their numbers stay taken.
  void retain_targets(std::span<const TargetId> targets);
  [[nodiscard]] const TargetNetwork& network_of(TargetId target) const;

  /// The number of a vantage point. Two of one AS are one witness; without a number each is its own.
  VantageId add_vantage(const std::string& name, Asn asn = {});
  [[nodiscard]] const std::string& name_of(VantageId vantage) const;
  [[nodiscard]] Asn asn_of(VantageId vantage) const;

  /// Takes in a trace; one that started before the trace already held for its key is ignored. Concludes at once for
  /// this path, with what is known so far; see settle() for the others.
  ///
  /// Silent rule: in a block that no trace ever reached, a router after which at least three traces of at least two
  /// flows die is the provider's side of a silent border. Never for traces refused by a router.
  /// Keeps the conclusion only.
  Update update(const Trace& trace, TargetId target);
  /// The same, and keeps the trace too if the map keeps any.
  Update update_keeping(const Trace& trace, TargetId target);

  /// Concludes anew for about `paths` paths, whose conclusions newer traces of others may have changed, going around
  /// all blocks in the order in which they came. Tells of every conclusion that changed. Returns the number of paths
  /// looked at.
  std::size_t settle(std::size_t paths, const std::function<void(TargetId, const Block&, const Path&)>& changed = {});

  /// Paths of one block, ordered by vantage point, address and flow; empty when there are none. Valid until the next
  /// change.
  [[nodiscard]] std::span<const Path> paths_of(TargetId target, const Block& block) const;
  /// The hops of one of these paths and what they were taken for.
  [[nodiscard]] std::vector<HopView> hops_of(TargetId target, const Block& block, const PathKey& key) const;
  /// All blocks with paths, in the order in which they came.
  [[nodiscard]] std::vector<std::pair<TargetId, Block>> blocks() const;
  [[nodiscard]] std::size_t path_count() const;

  /// Drops the paths for which `gone` holds.
  void erase_if(TargetId target, const Block& block, const std::function<bool(const Path&)>& gone);
  void erase_block(TargetId target, const Block& block);

  /// Reads everything anew in the light of other data.
  void set_data(std::shared_ptr<const ip2as::NetworkData> data);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::inference
