#include "ip2as/route_votes.hpp"

#include <algorithm>
#include <tuple>

namespace isthmus::ip2as {

void RouteVotes::add(const Prefix& prefix, Asn origin, std::uint32_t peers) {
  const auto length = static_cast<std::uint8_t>(prefix.length());
  if (prefix.address().is_v4()) {
    v4_.push_back({to_number<std::uint32_t>(prefix.address()), length, origin, peers});
  } else {
    v6_.push_back({to_number<Uint128>(prefix.address()), length, origin, peers});
  }
}

void RouteVotes::move_to(PrefixTableBuilder& builder) {
  move_to(v4_, builder);
  move_to(v6_, builder);
}

template <typename Number>
void RouteVotes::move_to(std::vector<Vote<Number>>& votes, PrefixTableBuilder& builder) {
  const auto route = [](const Vote<Number>& vote) { return std::tuple(vote.first, vote.length, vote.origin); };
  const auto same_prefix = [](const Vote<Number>& a, const Vote<Number>& b) {
    return a.first == b.first && a.length == b.length;
  };
  std::ranges::sort(votes, [&](const auto& a, const auto& b) { return route(a) < route(b); });
  std::vector<Vote<Number>> of_prefix;
  std::vector<Asn> origins;
  for (auto vote = votes.begin(); vote != votes.end();) {
    of_prefix.clear();
    for (const Vote<Number>& first = *vote; vote != votes.end() && same_prefix(*vote, first); ++vote) {
      if (!of_prefix.empty() && of_prefix.back().origin == vote->origin) {
        of_prefix.back().peers += vote->peers;
      } else {
        of_prefix.push_back(*vote);
      }
    }
    std::ranges::stable_sort(of_prefix, std::ranges::greater{}, &Vote<Number>::peers);
    origins.clear();
    for (const Vote<Number>& seen : of_prefix) origins.push_back(seen.origin);
    builder.add(Prefix(to_address(of_prefix.front().first), of_prefix.front().length), origins);
  }
  votes = {};
}

}  // namespace isthmus::ip2as
