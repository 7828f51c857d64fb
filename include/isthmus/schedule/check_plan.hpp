#pragma once
// When to look at each of many paths next: every path once an interval, and with what the budget leaves beyond that the
// more often the more often it changed (see check_rates.hpp). Paths form groups that do not share budgets. Takes the
// time as an argument; deterministic; belongs to one thread.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/schedule/change_rate.hpp"

namespace isthmus::schedule {

class CheckPlan {
 public:
  using Id = std::uint64_t;

  /// A path is looked at no more than so many times as often as the interval says, whatever the budget.
  static constexpr double kMostPerInterval = 10;

  /// Precondition: interval > 0. Applies to every look planned from now on; what is planned further ahead moves closer.
  void set_interval(Duration interval, Instant now);
  /// Looks a second that all paths of a group share; nothing: one look an interval for each of them. A budget that is
  /// too small for that stretches the interval.
  void set_budget(const std::string& group, std::optional<double> per_second, Instant now);

  /// A new path, first looked at some part of an interval from now: those of a group spread over it. A known id changes
  /// nothing.
  void add(Id id, const std::string& group, Instant now);
  void remove(Id id);
  [[nodiscard]] bool contains(Id id) const { return paths_.contains(id); }
  [[nodiscard]] std::size_t size() const { return paths_.size(); }

  /// The path that has waited longest, if one is due. It is due again only after looked() or postpone().
  std::optional<Id> pop_due(Instant now);
  /// A look at it is over, by pop_due() or unasked; plans the next one. Unknown ids are ignored.
  void looked(Id id, bool changed, Instant now);
  /// Something else has looked at it: that is learnt from, and changes nothing about when it is due.
  void noticed(Id id, bool changed, Instant now);
  /// Not now. It counts as not looked at.
  void postpone(Id id, Instant until);
  /// At once, besides what is planned, which stays as it is.
  void hurry(Id id, Instant now);
  /// When pop_due() has one; Instant::max() when nothing is planned.
  [[nodiscard]] Instant next() const { return queue_.empty() ? Instant::max() : queue_.begin()->first; }

  /// Looks a second that a path gets at present. Precondition: contains(id).
  [[nodiscard]] double rate_of(Id id) const { return paths_.at(id).rate; }

 private:
  struct Path {
    std::string group;
    ChangeRate changes;
    Instant last{};                  // look
    Instant due{Instant::max()};     // as in the queue
    std::optional<Instant> planned;  // the look that one at once came before
    double rate{0};
  };
  struct Group {
    std::optional<double> budget;
    std::set<Id> members;
    Instant planned{Instant::min()};
    std::uint64_t joined{0};
  };

  void learn(Path& path, bool changed, Instant now);
  void share(Group& group, Instant now);
  void plan_next(Id id, Path& path, Instant earliest);
  void move(Id id, Path& path, Instant to);

  Duration interval_{std::chrono::seconds(60)};
  std::unordered_map<Id, Path> paths_;
  std::unordered_map<std::string, Group> groups_;
  std::set<std::pair<Instant, Id>> queue_;
};

}  // namespace isthmus::schedule
