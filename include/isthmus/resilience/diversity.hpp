#pragma once
// How many ways lead to a block and to a target, as far as they were seen, and what all of them need. Immutable value
// types, part of the snapshot; any thread.
//
// A way leads from a vantage AS to a block, at two levels. AS level: who runs the routers before the target's own
// network. The vantage point's own AS cannot fail, with the vantage point it would go blind instead; the exception is a
// vantage AS that hands over to the target itself, for it is an upstream like any other. The target's AS cannot fail
// either: that is an outage of its own. Router level: every interface that answered, from the first network behind the
// vantage point's own to the last one before the address that was traced, the target's own routers among them.
//
// What stays silent is no router: it adds no independence and no dependence. That makes the router level's figures "at
// most": silent hops may be one router. How low they can be then, the lower bound says. Two addresses count as two
// routers; that one router answered by both is not known here.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// A router that answered, by its interface. `gap`: silence, or private addresses, between it and the one before it.
struct RouterStep {
  IpAddress address;
  bool gap{false};
  Asn asn;  ///< Who runs it; none when not known. Last, for there may be millions.
  friend auto operator<=>(const RouterStep&, const RouterStep&) = default;
};

struct RouterPath {
  std::vector<RouterStep> steps{};  ///< From the vantage point's side to the block, each once.
  bool open_start{false};           ///< Silence before the first one, behind the vantage point's network.
  bool open_end{false};             ///< Silence between the last one and the address that was traced.
  friend auto operator<=>(const RouterPath&, const RouterPath&) = default;
};

/// A router by an interface of it.
struct Router {
  IpAddress address;
  Asn asn;
  friend bool operator==(const Router&, const Router&) = default;
};

class RouterPool;

/// A router path in four bytes a hop; its routers are in a pool that it keeps alive.
class PackedRouters {
 public:
  PackedRouters() = default;
  /// Not more hops than the pool has room for; what is left out counts as silence.
  PackedRouters(const RouterPath& path, const std::shared_ptr<RouterPool>& pool);
  [[nodiscard]] RouterPath unpack() const;
  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  /// Of two in one pool.
  friend bool operator==(const PackedRouters&, const PackedRouters&) = default;
  [[nodiscard]] std::size_t hash() const;

 private:
  std::shared_ptr<const RouterPool> pool_{};
  std::vector<std::uint32_t> steps_{};  // Twice the number, and one more after a gap.
  bool open_start_{false};
  bool open_end_{false};
};

/// One way from a vantage AS to a block. Without ASes it is not known: the flow was traced, but its upstream is open.
struct Way {
  Asn vantage;  ///< Stands in for the vantage point where its AS is not known: each is then its own.
  Asn target;   ///< The network that it leads to.
  std::shared_ptr<const AsPath> as_path{};  ///< Null when not known; equal ones are one.
  PackedRouters routers{};
  std::uint64_t number{0};  ///< In the order in which ways came up; while it lasts, the same way has the same one.
  [[nodiscard]] bool known() const { return as_path != nullptr; }
  [[nodiscard]] const AsPath& ases() const {
    static const AsPath kNone;
    return known() ? *as_path : kNone;
  }
  [[nodiscard]] Asn upstream() const { return known() ? as_path->back().asn : Asn{}; }
};

/// Flows that go one way.
struct WayFlows {
  std::shared_ptr<const Way> way;
  std::uint32_t flows{0};
};

/// How few have to fail at one level before nobody reaches the block any more. All 0 when that is not known.
struct Cut {
  std::uint32_t min_cut{0};      ///< Least number of nodes that separate all vantage points from the block (Menger).
  std::uint32_t min_cut_low{0};  ///< The same in the worst case: what stayed silent is shared. AS level: like min_cut.
  /// How many of the ways, as they were seen in use, share nothing at this level; at most min_cut, which may combine
  /// pieces of several.
  std::uint32_t disjoint_paths{0};
  friend bool operator==(const Cut&, const Cut&) = default;
};

struct Diversity {
  Cut ases{};
  Cut routers{};
  std::vector<Asn> chokepoints{};            ///< ASes whose loss cuts every way, nearest to the block first.
  std::vector<Router> router_chokepoints{};  ///< The same of routers; empty when no AS is known.
  friend bool operator==(const Diversity&, const Diversity&) = default;
};

/// The ways to a block and what they amount to. Blocks that are reached alike share one.
struct BlockWays {
  std::vector<WayFlows> ways{};  ///< By ascending number, those that are not known among them.
  Diversity diversity{};
};

/// On which part of the ways an AS is, in (0, 1]: AS hegemony (Fontugne, Shah, Aben: "The (thin) bridges of AS
/// connectivity", PAM 2018). Of each vantage AS the part of its ways, all blocks weighing the same as they are of one
/// size; then the mean over vantage ASes without the 10 % highest and lowest, which below ten of them are none.
struct Hegemony {
  Asn asn;
  double score{0};
  friend bool operator==(const Hegemony&, const Hegemony&) = default;
};

struct TargetDiversity {
  /// Between all vantage points and all blocks: what has to fail before nothing of the target is reached. Nothing about
  /// routers when there are more than some ten thousand different ways.
  Diversity whole{};
  std::vector<Hegemony> hegemony{};    ///< Highest first.
  std::uint32_t vantage_ases{0};       ///< That hegemony is a mean over: vantage ASes with a known way.
  std::uint32_t blocks_known{0};       ///< Blocks with a known way,
  std::uint32_t blocks_on_one_as{0};   ///< and of these, those that one AS cuts off.
  std::map<Asn, std::string> names{};  ///< Of every AS on a way; those without a name are left out.
};

/// Empty when it has none, or nothing is known.
[[nodiscard]] inline std::string_view name_in(const TargetDiversity* diversity, Asn asn) {
  if (diversity == nullptr) return {};
  const auto name = diversity->names.find(asn);
  return name == diversity->names.end() ? std::string_view() : std::string_view(name->second);
}

}  // namespace isthmus::resilience
