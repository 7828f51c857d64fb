#include "isthmus/schedule/rounds.hpp"

#include <cmath>

namespace isthmus::schedule {

void Rounds::add(const std::string& key, Instant now) {
  if (jobs_.contains(key)) return;
  const double turn = static_cast<double>(joined_++) * 0.6180339887498949;
  const double phase = turn - std::floor(turn);
  const Instant first = now + Duration(static_cast<Duration::rep>(phase * static_cast<double>(interval_.count())));
  jobs_.emplace(key, first);
  queue_.emplace(first, key);
}

void Rounds::remove(const std::string& key) {
  const auto job = jobs_.find(key);
  if (job == jobs_.end()) return;
  queue_.erase({job->second, key});
  jobs_.erase(job);
}

std::optional<Rounds::Due> Rounds::pop_due(Instant now) {
  if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
  auto node = queue_.extract(queue_.begin());
  Due due{node.value().second, node.value().first};
  const auto missed = (now - due.at) / interval_;
  node.value().first = due.at + (missed + 1) * interval_;
  jobs_[due.key] = node.value().first;
  queue_.insert(std::move(node));
  return due;
}

Instant Rounds::next() const { return queue_.empty() ? Instant::max() : queue_.begin()->first; }

void Rounds::set_interval(Duration interval, Instant now) {
  interval_ = interval;
  queue_.clear();
  for (auto& [key, at] : jobs_) {
    // Keeps the order of the jobs: a phase is the same moment modulo the new interval.
    if (at > now + interval) at = now + (at - now) % interval;
    queue_.emplace(at, key);
  }
}

}  // namespace isthmus::schedule
