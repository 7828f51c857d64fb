#pragma once
// The hops close to a vantage point, which nearly all of its traces share: one of them asks, the others begin behind.
// Belongs to one engine, on its thread.

#include <algorithm>
#include <array>
#include <map>

#include "isthmus/model/observation.hpp"
#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

class NearHops {
 public:
  /// A trace from this source is about to ask these TTLs.
  void asking(const IpAddress& source, Ttl first, Ttl last, Instant now) {
    auto& hops = of(source);
    for (int ttl = first; ttl <= std::min(last, kMaxTraceTtl); ++ttl) hops[static_cast<std::size_t>(ttl)].asked = now;
  }

  void answered(const IpAddress& source, Ttl ttl, const IpAddress& router, Instant now) {
    if (ttl <= kMaxTraceTtl) of(source)[ttl] = {router, now, now};
  }

  /// How many TTLs from `first` on need not be asked again: each was asked within `round`, by whomever, and answered
  /// lately by the router that the trace in question met there last time.
  [[nodiscard]] int known(const IpAddress& source, Ttl first, const std::map<Ttl, IpAddress>& own, Instant now,
                          Duration round) const {
    const auto hops = hops_.find(source);
    if (hops == hops_.end()) return 0;
    int count = 0;
    for (int ttl = first; ttl <= kMaxTraceTtl; ++ttl, ++count) {
      const NearHop& hop = hops->second[static_cast<std::size_t>(ttl)];
      const auto met = own.find(static_cast<Ttl>(ttl));
      if (met == own.end() || met->second != hop.router || hop.asked + round <= now) break;
      if (hop.answered + 2 * round <= now) break;
    }
    return count;
  }

 private:
  struct NearHop {
    IpAddress router;
    Instant asked{};
    Instant answered{};
  };
  using Hops = std::array<NearHop, kMaxTraceTtl + 1>;

  Hops& of(const IpAddress& source) {
    if (hops_.size() >= kMostSources && !hops_.contains(source)) hops_.clear();
    return hops_[source];
  }

  static constexpr std::size_t kMostSources = 64;

  std::map<IpAddress, Hops> hops_;
};

}  // namespace isthmus::probes
