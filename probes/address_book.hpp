#pragma once
// Which addresses each target has: those it was given and those that the search found and that are still alive, which
// ones are traced, and where the search has to look. Belongs to one prober, on its thread.

#include <cstddef>
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
  explicit AddressBook(std::vector<ProbeTarget> targets) { set_targets(std::move(targets)); }

  /// What was found stays with a target as long as its prefixes still hold it; what it remembers counts as found.
  void set_targets(std::vector<ProbeTarget> targets);
  /// False when it is known already.
  bool add_found(const Discovery::Found& found, Instant now) {
    return found_[found.target].emplace(found.address, now).second;
  }
  /// Forgets found addresses that have been silent for so long, in blocks where another one answers. False when there
  /// is nothing to forget.
  bool forget_silent(const PingEngine& ping, Duration after, Instant now);

  /// Ascending.
  [[nodiscard]] std::vector<IpAddress> known(const std::string& target) const;
  /// What the search has to look through: where no address was given. Live is what answered, or was found, so lately.
  [[nodiscard]] std::vector<Discovery::Census> census(Duration lately, Instant now) const;
  /// Chooses what is traced, and remembers it for the next choice.
  const std::set<TraceGoal>& choose_traced(const PingEngine& ping, std::size_t per_block);
  void trace_nothing() { traced_.clear(); }

 private:
  [[nodiscard]] bool holds(const std::string& target, const IpAddress& address) const;
  void note_answers(const PingEngine& ping, Instant now);
  [[nodiscard]] std::vector<IpAddress> choose(const std::string& target, const std::vector<IpAddress>& addresses,
                                              const PingEngine& ping, std::size_t per_block) const;

  std::vector<ProbeTarget> targets_;
  std::map<std::string, std::map<IpAddress, Instant>> found_;  // and the latest sign of life that was seen
  std::set<TraceGoal> traced_;
};

}  // namespace isthmus::probes
