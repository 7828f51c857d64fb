#pragma once
// The simulated internet as a whole: its networks, routers, addresses and habits, who is watched, and from where.
// Everything follows from the settings. Immutable once built, not movable; any thread reads.

#include <cstdint>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "support/internet/announcements.hpp"
#include "support/internet/forwarding.hpp"
#include "support/internet/habits.hpp"
#include "support/internet/settings.hpp"
#include "support/internet/timeline.hpp"

namespace isthmus::testing::internet {

/// Where probes leave from.
struct Vantage {
  std::string name;
  AsIndex as{0};
  RouterId router{0};                       ///< The first router of its network.
  std::uint32_t address{0};                 ///< As the world sees it.
  std::uint32_t gateway{0};                 ///< Of the first router, towards the vantage point.
  std::uint32_t announcement{0};            ///< Of the prefix that `address` is in.
  bool translated{false};                   ///< Behind a home router that translates addresses: one private hop more.
  std::uint32_t carrier_translator{kNone};  ///< Address of a carrier's translator behind that.
};

/// A network that is watched, as a user would configure it.
struct Target {
  std::string name;
  AsIndex as{0};
  Asn asn;
  Tier tier{Tier::stub};
  bool has_siblings{false};  ///< Its organisation has further ASes.
  std::vector<Block24> blocks;
};

class Internet {
 public:
  explicit Internet(const Settings& settings);
  Internet(const Internet&) = delete;
  Internet& operator=(const Internet&) = delete;

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] const AsGraph& graph() const { return graph_; }
  [[nodiscard]] const AddressPlan& plan() const { return plan_; }
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] const Announcements& announcements() const { return announcements_; }
  [[nodiscard]] const Preferences& preferences() const { return preferences_; }
  [[nodiscard]] const Habits& habits() const { return habits_; }
  [[nodiscard]] const std::vector<Vantage>& vantages() const { return vantages_; }
  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
  [[nodiscard]] Asn asn(AsIndex as) const { return graph_.ases[as].asn; }

  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  /// Whether two AS numbers belong to one organisation; true for equal ones.
  [[nodiscard]] bool same_organisation(AsIndex x, AsIndex y) const { return graph_.same_organisation(x, y); }

 private:
  void choose_vantages();
  void choose_targets();

  Settings settings_;
  AsGraph graph_;
  AddressPlan plan_;
  Topology topology_;
  Announcements announcements_;
  Preferences preferences_;
  Timeline timeline_;
  Habits habits_;
  std::vector<Vantage> vantages_;
  std::vector<Target> targets_;
};

}  // namespace isthmus::testing::internet
