#include "resilience/upstream_health.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>

namespace isthmus::resilience {
namespace {

constexpr double kLeastLoss = 0.02;   // Loss that nobody would call unusual, whatever it was before.
constexpr double kLeastExtra = 0.15;  // More than usual: less is not worth waking anybody for.
constexpr std::uint32_t kLeastProbes = 4;
constexpr double kProbesToKnow = 20;  // Before that nobody can say what is usual.
constexpr std::size_t kWitnesses = 2;
constexpr std::size_t kCalmRounds = 2 * UpstreamHealth::kWindowRounds;
constexpr double kMemoryProbes = 1000;
constexpr Duration kSlower = std::chrono::milliseconds(10);

}  // namespace

UpstreamHealth::Counts& UpstreamHealth::Counts::operator+=(const Counts& other) {
  sent += other.sent;
  lost += other.lost;
  excess += other.excess;
  return *this;
}

UpstreamHealth::Counts UpstreamHealth::View::window() const {
  Counts sum;
  for (const Counts& round : rounds) sum += round;
  return sum;
}

double UpstreamHealth::View::usual_loss() const { return usual_sent > 0 ? usual_lost / usual_sent : 0; }

void UpstreamHealth::handle_probe(Asn upstream, Asn network, std::optional<Duration> rtt, Duration normal_rtt) {
  Counts& now = upstreams_[upstream].views[network].rounds[round_];
  ++now.sent;
  if (!rtt) {
    ++now.lost;
  } else {
    now.excess += *rtt - normal_rtt;
  }
}

bool UpstreamHealth::is_surprising(const View& view) {
  const Counts now = view.window();
  if (view.usual_sent < kProbesToKnow || now.sent < kLeastProbes || now.lost == 0) return false;
  const double usual = std::max(view.usual_loss(), kLeastLoss);
  if (static_cast<double>(now.lost) / now.sent < usual + kLeastExtra) return false;
  const boost::math::binomial_distribution<double> healthy(now.sent, usual);
  return boost::math::cdf(boost::math::complement(healthy, now.lost - 1.0)) < kSurprise;
}

std::optional<UpstreamHealth::Strain> UpstreamHealth::judge(Asn asn, Upstream& upstream) {
  Strain strain{.upstream = asn, .begins = true, .loss = 0, .usual_loss = 0, .slower = {}, .networks = {}};
  Counts all;
  double usual_sent = 0;
  double usual_lost = 0;
  std::size_t probing = 0;
  bool calm = true;
  for (const auto& [network, view] : upstream.views) {
    const Counts now = view.window();
    if (now.sent > 0) ++probing;
    all += now;
    usual_sent += view.usual_sent;
    usual_lost += view.usual_lost;
    if (is_surprising(view)) strain.networks.push_back(network);
    const double usual = std::max(view.usual_loss(), kLeastLoss);
    calm = calm && now.lost <= now.sent * (usual + kLeastExtra / 2);
  }
  if (all.sent == 0) return std::nullopt;
  strain.loss = static_cast<double>(all.lost) / all.sent;
  strain.usual_loss = usual_sent > 0 ? usual_lost / usual_sent : 0;
  const std::uint32_t answered = all.sent - all.lost;
  if (answered > 0 && all.excess / answered >= kSlower) strain.slower = all.excess / answered;
  upstream.calm_rounds = calm ? upstream.calm_rounds + 1 : 0;
  if (!upstream.strained && age_ >= kLeastRounds && strain.networks.size() >= std::min(kWitnesses, probing)) {
    upstream.strained = true;
    return strain;
  }
  if (!upstream.strained || upstream.calm_rounds < kCalmRounds) return std::nullopt;
  upstream.strained = strain.begins = false;
  return strain;
}

std::vector<UpstreamHealth::Strain> UpstreamHealth::end_round() {
  std::vector<Strain> changes;
  age_ = std::min(age_ + 1, kLeastRounds);
  for (auto& [asn, upstream] : upstreams_) {
    if (auto change = judge(asn, upstream)) changes.push_back(std::move(*change));
  }
  round_ = (round_ + 1) % kWindowRounds;
  for (auto& [asn, upstream] : upstreams_) {
    for (auto& [network, view] : upstream.views) {
      // What leaves the window becomes what is usual, unless it was not.
      Counts& oldest = view.rounds[round_];
      if (!upstream.strained && oldest.sent > 0) {
        const double kept = std::max(0.0, 1 - oldest.sent / kMemoryProbes);
        view.usual_sent = view.usual_sent * kept + oldest.sent;
        view.usual_lost = view.usual_lost * kept + oldest.lost;
      }
      oldest = {};
    }
  }
  return changes;
}

bool UpstreamHealth::is_strained(Asn upstream) const {
  const auto found = upstreams_.find(upstream);
  return found != upstreams_.end() && found->second.strained;
}

bool UpstreamHealth::any_strained() const {
  return std::ranges::any_of(upstreams_, [](const auto& entry) { return entry.second.strained; });
}

void UpstreamHealth::forget_window() {
  age_ = 0;
  for (auto& [asn, upstream] : upstreams_) {
    for (auto& [network, view] : upstream.views) view.rounds = {};
  }
}

}  // namespace isthmus::resilience
