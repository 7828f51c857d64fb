// A rehearsal: a core that starts anew is told the latest past once more, so that it believes what the one before
// believed. What comes of it was told then.

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {

void Core::Impl::set_rehearsal(bool on) {
  if (on == rehearsal_) return;
  rehearsal_ = on;
  if (on) {
    for (const TargetRecord& target : targets_) told_of_targets_.push_back(target.events);
    for (const VantageRecord& vantage : vantages_) told_of_vantages_.push_back(vantage.events);
    return;
  }
  drop_news();
  // A reconfiguration in between has other targets and vantage points; their counts then hold what was rehearsed.
  for (std::size_t t = 0; t < targets_.size() && targets_.size() == told_of_targets_.size(); ++t) {
    targets_[t].events = told_of_targets_[t];
    targets_[t].view.reset();
    for (PingStatistics& pings : targets_[t].pings) pings = {.vantage = pings.vantage};
  }
  for (std::size_t v = 0; v < vantages_.size() && vantages_.size() == told_of_vantages_.size(); ++v) {
    vantages_[v].events = told_of_vantages_[v];
  }
  told_of_targets_.clear();
  told_of_vantages_.clear();
  rejected = {};
}

void Core::Impl::drop_news() {
  events.clear();
  retraces.clear();
  ping_requests.clear();
  advice.clear();
  path_changes_.clear();
  static_cast<void>(late_.poll());
}

}  // namespace isthmus::resilience
