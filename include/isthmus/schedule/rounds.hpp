#pragma once
// When the next round of each of many periodic jobs is due. First rounds are spread over the interval so that jobs do
// not march in step; a job keeps its phase as long as it exists. Belongs to one thread.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "isthmus/base/time.hpp"

namespace isthmus::schedule {

/// Jobs are named by a text key; the same key after a reload is the same job.
class Rounds {
 public:
  struct Due {
    std::string key;
    Instant at{};  ///< When it should have started; never later than now.
  };

  /// Precondition: interval > 0.
  explicit Rounds(Duration interval) : interval_(interval) {}

  /// The first job starts at `now`, later ones at phases that split the largest gaps of the interval first (multiples
  /// of the golden ratio). A known key keeps its time.
  void add(const std::string& key, Instant now);
  void remove(const std::string& key);
  [[nodiscard]] bool contains(const std::string& key) const { return jobs_.contains(key); }
  [[nodiscard]] std::size_t size() const { return jobs_.size(); }

  /// Takes the most overdue job and plans its next round at the next multiple of the interval after now: rounds missed
  /// while the machine slept are skipped, not sent in a burst.
  std::optional<Due> pop_due(Instant now);
  /// Instant::max() when there is no job.
  [[nodiscard]] Instant next() const;

  /// From now on rounds are `interval` apart; what was planned further ahead than that moves closer.
  void set_interval(Duration interval, Instant now);

 private:
  Duration interval_;
  std::map<std::string, Instant> jobs_;
  std::set<std::pair<Instant, std::string>> queue_;
  std::uint64_t joined_{0};
};

}  // namespace isthmus::schedule
