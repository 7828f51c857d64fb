#pragma once
// What is announced to whom, and the /24s that lie behind each announcement with those who use them. Built once, then
// immutable; any thread reads.

#include <cstdint>
#include <span>
#include <vector>

#include "support/internet/topology.hpp"

namespace isthmus::testing::internet {

/// How an origin treats one of its neighbours; those without a rule get the route as it is.
struct ExportRule {
  std::uint32_t adjacency{0};
  bool withheld{false};     ///< Not announced there.
  bool backup{false};       ///< Announced there only while every other provider link of the origin is down.
  std::uint8_t prepend{0};  ///< How often the origin repeats itself in the AS path.
  friend bool operator==(const ExportRule&, const ExportRule&) = default;
};

/// A route as its origins send it out. Prefixes that are treated alike share one.
struct Announcement {
  std::vector<AsIndex> origins;   ///< Several: the same prefix is originated by several ASes (MOAS).
  std::vector<ExportRule> rules;  ///< Ascending by adjacency.

  [[nodiscard]] const ExportRule* rule(std::uint32_t adjacency) const;
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// A prefix in the routing tables.
struct Route {
  std::uint32_t first{0};
  int length{0};
  std::uint32_t announcement{0};
};

/// What is special about a block or about the AS that holds it.
struct BlockTraits {
  bool provider_space{false};  ///< From a provider's aggregate.
  bool holder_silent{false};   ///< Only the provider's aggregate is announced, not the holder's part of it.
  bool dual_origin{false};     ///< A provider originates the prefix as well.
  bool sibling_origin{false};  ///< So does a sibling.
  bool selective{false};       ///< Announced to some of the holder's providers only.
  bool leased{false};          ///< Out of the allocation of a network that has nothing to do with the holder.
  bool sub_allocated{false};   ///< Behind the router of a customer without AS number.
};

/// A /24 and who uses it.
struct Block24 {
  std::uint32_t network{0};
  AsIndex holder{0};
  std::uint32_t announcement{0};  ///< Of the longest prefix that covers it.
  std::uint32_t fallback{kNone};  ///< Of a shorter one, used where the first has no route.
  BlockTraits traits;
};

/// Which adjacencies do not work, by index.
using Outages = std::vector<bool>;

class Announcements {
 public:
  Announcements(const Settings& settings, const AsGraph& graph, const AddressPlan& plan, const Topology& topology);

  /// The first ones are what each AS announces by default, by its index.
  [[nodiscard]] const std::vector<Announcement>& all() const { return all_; }
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  [[nodiscard]] std::span<const Block24> blocks_of(AsIndex as) const;
  /// Whether any provider of an origin hears it.
  [[nodiscard]] bool is_alive(std::uint32_t announcement, const Outages& outages) const;

 private:
  void set_defaults(AsIndex as);
  void add_blocks(AsIndex as);
  void announce_allocations();
  std::uint32_t add(Announcement announcement);
  [[nodiscard]] std::vector<std::uint32_t> providers_of(AsIndex as) const;
  [[nodiscard]] std::uint32_t selective_announcement(AsIndex as);
  [[nodiscard]] std::uint32_t with_second_origin(AsIndex as, AsIndex other);
  void announce_provider_space(AsIndex as);

  const Settings& settings_;
  const AsGraph& graph_;
  const AddressPlan& plan_;
  const Topology& topology_;
  Random random_;
  std::vector<Announcement> all_;
  std::size_t first_of_as_{0};  // The first that belongs to the AS whose blocks are being added.
  std::vector<Route> routes_;
  std::vector<Block24> blocks_;
  std::vector<std::uint32_t> first_block_;  // By AS, and one more.
};

}  // namespace isthmus::testing::internet
