#pragma once
// How many networks and how many routers have to fail before nobody reaches a block any more, as far as its ways were
// seen; and which networks a target depends on. Pure functions, and a cache that belongs to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/resilience/diversity.hpp"

namespace isthmus::resilience {

/// Of a block by its ways, or of a whole target by the ways to all its blocks. Ways that are not known count as not
/// seen. When a known way shows no router at all, nothing is said about routers.
[[nodiscard]] Diversity measure_diversity(std::span<const WayFlows> ways);

/// A network whose blocks are reached over thousands of different ways has no router that they hang on; to make sure
/// would hold up a snapshot.
inline constexpr std::uint64_t kMostRouterHops = 100'000;

/// The AS paths of ways, each once: most ways differ by vantage AS or in their routers only.
using AsPaths = std::set<std::shared_ptr<const AsPath>>;

/// Alike blocks of a target, and how many there are.
struct AlikeBlocks {
  std::shared_ptr<const BlockWays> ways;
  std::uint32_t blocks{0};
};

/// Hegemony of every AS on a known way, highest first; `vantage_ases` becomes the number of vantage ASes that the means
/// are over.
[[nodiscard]] std::vector<Hegemony> hegemony_of(std::span<const AlikeBlocks> blocks, std::uint32_t& vantage_ases);

/// Blocks with the same ways share one answer: most blocks of a network do.
class DiversityCache {
 public:
  /// `ways` in any order, each at most once.
  std::shared_ptr<const BlockWays> of(std::vector<WayFlows> ways);
  /// In one piece; see TargetMeasure. `name_of`: of an AS, empty when it has none.
  TargetDiversity measure_target(std::span<const AlikeBlocks> blocks, const std::function<std::string(Asn)>& name_of);
  /// `ways` by ascending number, each once.
  const Diversity& measure(std::span<const WayFlows> ways);
  /// Of ASes alone.
  Diversity measure(const AsPaths& paths);
  /// Hops of all ways that were measured so far: what it has cost.
  [[nodiscard]] std::uint64_t hops_measured() const { return hops_measured_; }
  /// Forgets some of what nobody holds any more, when there may be much: there may be a hundred thousand of them.
  void tidy();

 private:
  using Numbers = std::vector<std::uint64_t>;

  // By numbers of ways and flows; the measures by the numbers of the known ways alone.
  std::map<Numbers, std::shared_ptr<const BlockWays>> blocks_;
  std::map<Numbers, Diversity> measures_;
  std::map<Numbers, Diversity> dropped_;  // Measures to be let go of.
  std::uint64_t hops_measured_{0};
  std::size_t tidy_at_{1024};
  std::optional<Numbers> tidied_to_;  // While it goes through the blocks.
};

}  // namespace isthmus::resilience
