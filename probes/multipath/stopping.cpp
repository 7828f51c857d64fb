#include "probes/multipath/stopping.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::probes {
namespace {

// Besides the known branches, one may hide, and one more behind it.
constexpr std::size_t kMayHide = 2;

// Chances to have seen 0, 1, ..., k of k next hops, one flow after the other.
class Seen {
 public:
  explicit Seen(std::size_t next_hops) : chance_(next_hops + 1) { chance_[0] = 1; }

  void follow_one_more() {
    const auto all = static_cast<double>(chance_.size() - 1);
    for (std::size_t seen = chance_.size() - 1; seen > 0; --seen) {
      const auto s = static_cast<double>(seen);
      chance_[seen] = chance_[seen] * (s / all) + chance_[seen - 1] * ((all - s + 1) / all);
    }
    chance_[0] = 0;
  }

  // Summed from the small ones up, so that tiny bounds keep their digits.
  [[nodiscard]] double unseen() const {
    double sum = 0;
    for (std::size_t seen = 0; seen + 1 < chance_.size(); ++seen) sum += chance_[seen];
    return sum;
  }

 private:
  std::vector<double> chance_;
};

}  // namespace

double chance_of_unseen(std::size_t next_hops, std::size_t flows) {
  Seen seen(next_hops);
  for (std::size_t i = 0; i < flows; ++i) seen.follow_one_more();
  return seen.unseen();
}

double vertex_bound(double graph_bound, std::size_t branches) {
  // 1 - (1 - bound)^(1/branches), without losing the digits of small bounds.
  return -std::expm1(std::log1p(-graph_bound) / static_cast<double>(std::max<std::size_t>(branches, 1)));
}

std::size_t StoppingPoints::flows_for(std::size_t seen) {
  const std::size_t next_hops = std::max<std::size_t>(seen, 1) + 1;
  const auto [at, is_new] = known_.try_emplace(next_hops, 0);
  if (is_new) {
    Seen chances(next_hops);
    std::size_t flows = 0;
    do {
      chances.follow_one_more();
      ++flows;
    } while (chances.unseen() > bound_);
    at->second = flows;
  }
  return at->second;
}

double StoppingRule::bound(std::size_t branches) const {
  return scope_ == Scope::vertex ? bound_ : vertex_bound(bound_, branches + kMayHide);
}

std::size_t StoppingRule::flows_for(std::size_t seen, std::size_t branches) {
  const std::size_t row = scope_ == Scope::vertex ? 0 : branches;
  while (by_branches_.size() <= row) by_branches_.emplace_back(bound(by_branches_.size()));
  return by_branches_[row].flows_for(seen);
}

}  // namespace isthmus::probes
