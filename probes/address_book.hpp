#pragma once
// Which addresses each target has: those it was given and those that the search found, which ones are traced, and where
// the search has to look. Belongs to one prober, on its thread.

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "probes/ping/discovery.hpp"
#include "probes/ping/engine.hpp"
#include "probes/traceroute/engine.hpp"

namespace isthmus::probes {

class AddressBook {
 public:
  explicit AddressBook(std::vector<ProbeTarget> targets) : targets_(std::move(targets)) {}

  /// What was found stays with a target as long as its prefixes still hold it.
  void set_targets(std::vector<ProbeTarget> targets);
  /// False when it is known already.
  bool add_found(const Discovery::Found& found) { return found_[found.target].insert(found.address).second; }

  /// Ascending.
  [[nodiscard]] std::vector<IpAddress> known(const std::string& target) const;
  /// What the search has to look through.
  [[nodiscard]] std::vector<Discovery::Range> unknown_ranges() const;
  /// Chooses what is traced, and remembers it for the next choice.
  const std::set<TraceGoal>& choose_traced(const PingEngine& ping, std::size_t per_block);
  void trace_nothing() { traced_.clear(); }

 private:
  [[nodiscard]] bool holds(const std::string& target, const IpAddress& address) const;
  [[nodiscard]] std::vector<IpAddress> choose(const std::string& target, const PingEngine& ping,
                                              std::size_t per_block) const;

  std::vector<ProbeTarget> targets_;
  std::map<std::string, std::set<IpAddress>> found_;
  std::set<TraceGoal> traced_;
};

}  // namespace isthmus::probes
