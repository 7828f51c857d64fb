#pragma once
// Interdomain routing to one announcement (Gao and Rexford 2001): routes from customers are preferred to those from
// peers, and those to routes from providers; then the shortest AS path wins. Routes of peers and providers go to
// customers only, so that paths are free of valleys; connected siblings act as one AS.
//
// Worked out on demand: only for ASes that are asked about, and those that their answer depends on. One thread.

#include <cstdint>
#include <span>
#include <vector>

#include "support/internet/announcements.hpp"

namespace isthmus::testing::internet {

enum class RouteClass : std::uint8_t { customer, peer, provider, none };

struct BestRoute {
  RouteClass from{RouteClass::none};
  std::uint16_t length{0};  ///< ASes on the path behind this one, prepending included; 0 at an origin.
};

/// What the routing of an AS depends on beside its contracts.
struct Preferences {
  std::vector<AsIndex> primary;              ///< By AS: a provider preferred whatever its path; kNone: no such.
  std::vector<std::vector<AsIndex>> groups;  ///< By AS: connected siblings, itself included; empty: none.
};
[[nodiscard]] Preferences make_preferences(const Settings& settings, const AsGraph& graph);

class Routes {
 public:
  /// Both must outlive it.
  Routes(const AsGraph& graph, const Preferences& preferences);

  /// Forgets everything and begins with the routes of those who get money for carrying them. Both arguments must
  /// live until the next call.
  void compute(const Announcement& announcement, const Outages& outages);

  [[nodiscard]] BestRoute route_of(AsIndex as);
  [[nodiscard]] bool is_origin(AsIndex as) const;
  /// All neighbours that an AS knows an equally good route from; empty at an origin and where there is none. Valid
  /// until the next call.
  [[nodiscard]] std::span<const Neighbour> next_hops(AsIndex as);

 private:
  struct Label {
    std::uint32_t epoch{0};
    BestRoute route;
  };
  struct Hops {
    std::uint32_t epoch{0};
    std::uint32_t first{0};
    std::uint32_t count{0};
  };
  static constexpr std::uint16_t kNoWay = 0xFFFF;

  void climb();
  void climb_from(AsIndex as);
  void solve(AsIndex as);
  void add_hops(AsIndex as, Role role, const BestRoute& route);
  void solve_group(AsIndex as, RouteClass from);
  [[nodiscard]] std::uint16_t offer(AsIndex from, std::uint32_t adjacency) const;
  [[nodiscard]] std::uint16_t best_offer(AsIndex as, RouteClass from);
  [[nodiscard]] bool is_down(std::uint32_t adjacency) const { return (*outages_)[adjacency]; }
  [[nodiscard]] bool is_backup_needed(AsIndex origin, std::uint32_t adjacency) const;
  [[nodiscard]] bool known(AsIndex as) const { return labels_[as].epoch == epoch_; }
  void set(AsIndex as, RouteClass from, std::uint16_t length) { labels_[as] = {epoch_, {from, length}}; }

  const AsGraph& graph_;
  const Preferences& preferences_;
  const Announcement* announcement_{nullptr};
  const Outages* outages_{nullptr};
  std::uint32_t epoch_{0};
  std::vector<Label> labels_;
  std::vector<Hops> hops_of_;
  std::vector<Neighbour> hops_;
  std::vector<std::vector<AsIndex>> queue_;  // By length.
};

}  // namespace isthmus::testing::internet
