#pragma once
// From the hops of a trace, as inference reads them, to the way that it shows. Pure functions, and a table in which
// equal ways are one; the table belongs to one thread.

#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/resilience/diversity.hpp"
#include "resilience/router_pool.hpp"

namespace isthmus::resilience {

/// The AS path behind a conclusion: who runs the hops before the target's network, in runs, ending with the upstream
/// that was concluded. Loops are cut out. Empty when the upstream is not known for sure: the path then tells nothing
/// about how many bridges there are. `vantage`: its AS; when none, the first AS on the path counts as it.
[[nodiscard]] AsPath as_path_of(Asn vantage, std::span<const inference::HopView> hops, const inference::LastHop& hop);

/// What a trace tells about routers: it was sent from `vantage` (none: the first AS on the path) to `destination` in
/// the network `target`.
struct TracedHops {
  Asn vantage;
  Asn target;
  IpAddress destination;
  std::span<const inference::HopView> hops;
};

/// The routers of the same path. Private addresses count as silence: they name nobody.
[[nodiscard]] RouterPath router_path_of(const TracedHops& traced, const inference::LastHop& hop);

/// A way as it is read, before it is one of many.
struct WayDraft {
  Asn vantage;
  Asn target;
  AsPath ases{};
  RouterPath routers{};
};

/// Both of them; only vantage AS and target when the upstream is not known for sure. `stand_in` is the way's vantage AS
/// where `traced.vantage` is none.
[[nodiscard]] WayDraft way_of(const TracedHops& traced, const inference::LastHop& hop, Asn stand_in);

/// Equal ways are one object, with one number.
class WayTable {
 public:
  std::shared_ptr<const Way> intern(const WayDraft& draft);
  /// Forgets the ways that nobody holds any more, when there may be many.
  void tidy();
  [[nodiscard]] std::size_t size() const { return ways_.size(); }

 private:
  using Entry = std::shared_ptr<const Way>;
  struct Hash {
    std::size_t operator()(const Entry& way) const noexcept;
  };
  struct Same {
    bool operator()(const Entry& a, const Entry& b) const {
      return a->vantage == b->vantage && a->target == b->target && a->as_path == b->as_path && a->routers == b->routers;
    }
  };
  boost::unordered_flat_set<Entry, Hash, Same> ways_;
  std::map<AsPath, std::shared_ptr<const AsPath>> as_paths_;
  std::shared_ptr<RouterPool> routers_ = std::make_shared<RouterPool>();
  std::uint64_t next_{1};
  std::size_t tidy_at_{1024};
};

}  // namespace isthmus::resilience
