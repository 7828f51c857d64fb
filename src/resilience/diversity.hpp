#pragma once
// How many networks have to fail before nobody reaches a block any more, as far as its paths were seen. Pure functions;
// any thread.
//
// An AS path leads from a vantage AS to the block. Its own AS cannot fail, with the vantage point it would go blind
// instead; the exception is a vantage AS that hands over to the target itself, for it is an upstream like any other.
// The target's AS cannot fail either: that is an outage of its own.

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::resilience {

/// An AS on the way. `gap` holds when hops that nobody can name stand between it and the AS before it.
struct AsStep {
  Asn asn;
  bool gap{false};
  friend auto operator<=>(const AsStep&, const AsStep&) = default;
};

/// ASes that could fail, from the vantage point's side to the upstream, each once; never empty when something is known.
using AsPath = std::vector<AsStep>;

/// The AS path behind a conclusion: who runs the hops before the target's network, in runs, ending with the upstream
/// that was concluded. Loops are cut out. Empty when the upstream is not known for sure: the path then tells nothing
/// about how many bridges there are. `vantage`: its AS; when none, the first AS on the path counts as it.
[[nodiscard]] AsPath as_path_of(Asn vantage, std::span<const inference::HopView> hops, const inference::LastHop& hop);

struct Diversity {
  /// Least number of ASes whose loss separates all vantage points from the block; 0 when no path is known.
  std::uint32_t min_cut{0};
  std::vector<Asn> chokepoints;  ///< ASes that are on every path, nearest to the block first.
};

/// A gap joins the ASes on its two sides only when no hops without a gap lead from the one to the other: what was seen
/// between them elsewhere is likelier than a link that nobody saw. Paths that are empty count as not seen.
[[nodiscard]] Diversity measure_diversity(std::vector<AsPath> paths);

/// Remembers the answer for each set of paths: most blocks of a network share theirs.
class DiversityCache {
 public:
  const Diversity& of(std::vector<AsPath> paths);

 private:
  std::map<std::vector<AsPath>, Diversity> known_;
};

}  // namespace isthmus::resilience
