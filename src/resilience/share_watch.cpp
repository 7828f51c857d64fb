#include "resilience/share_watch.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::resilience {
namespace {

constexpr int kRoundsToLearn = 8;
constexpr double kMemoryRounds = 64;

}  // namespace

void ShareWatch::restart() { *this = ShareWatch(); }

// Beyond what is usual for it; 0 when it is not.
double ShareWatch::deviation(Asn asn, double share) const {
  const auto found = usual_.find(asn);
  const Usual usual = found == usual_.end() ? Usual{} : found->second;
  const double moved = share - usual.mean;
  return std::abs(moved) > kSpreads * std::sqrt(usual.variance) ? moved : 0;
}

void ShareWatch::learn(const std::map<Asn, double>& shares) {
  rounds_ = std::min(rounds_ + 1, static_cast<int>(kMemoryRounds));
  const double weight = 1.0 / rounds_;
  for (const auto& [asn, share] : shares) usual_.try_emplace(asn);
  for (auto& [asn, usual] : usual_) {
    const auto found = shares.find(asn);
    const double off = (found == shares.end() ? 0 : found->second) - usual.mean;
    usual.mean += weight * off;
    usual.variance = (1 - weight) * (usual.variance + weight * off * off);
  }
}

std::optional<ShareWatch::Shift> ShareWatch::handle_round(const std::map<Asn, double>& shares) {
  if (rounds_ < kRoundsToLearn) {
    learn(shares);
    return std::nullopt;
  }
  std::map<Asn, double> moved;
  for (const auto& [asn, usual] : usual_) moved[asn] = 0;
  for (const auto& [asn, share] : shares) moved[asn] = share;
  double gained = 0;
  double lost = 0;
  for (auto& [asn, by] : moved) {
    by = deviation(asn, by);
    (by > 0 ? gained : lost) += std::abs(by);
  }
  if (std::min(gained, lost) <= kLeastShift) {
    moved_rounds_ = 0;
    learn(shares);
    return std::nullopt;
  }
  const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
  const Asn gainer = std::ranges::max_element(moved, less)->first;
  const Asn loser = std::ranges::min_element(moved, less)->first;
  moved_rounds_ = gainer == gainer_ && loser == loser_ ? moved_rounds_ + 1 : 1;
  gainer_ = gainer;
  loser_ = loser;
  // Until it is believed, nothing is learned from it.
  if (moved_rounds_ < kRoundsToBelieve) return std::nullopt;
  Shift shift{.before = {}, .after = shares, .gainer = gainer, .loser = loser, .moved = std::min(gained, lost)};
  for (const auto& [asn, usual] : usual_) {
    if (usual.mean > 0) shift.before[asn] = usual.mean;
  }
  restart();
  learn(shares);
  return shift;
}

}  // namespace isthmus::resilience
