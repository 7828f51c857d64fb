#pragma once
// scamper records the replies of a traceroute; silence follows from what it was told to do. Builds the hops of a trace
// from both. One thread.

#include <cstdint>
#include <string_view>

#include "formats/record.hpp"

namespace isthmus::formats {

/// What scamper was told, and how far it came.
struct ScamperPlan {
  Ttl first_hop{1};
  int hop_count{0};          ///< The last TTL that was probed; 0 when unknown.
  std::uint8_t attempts{1};  ///< Probes sent to a TTL, if none before is answered.
  bool all_attempts{false};  ///< Or always.
  bool doubletree{
      false};  ///< From the middle of the path on, up to what other traces have seen: the rest is not probed.
};

/// A reply to one probe.
struct ScamperHop {
  Reply reply{};
  Ttl ttl{0};             ///< Of the probe.
  std::uint8_t probe{0};  ///< From 0, among those of its TTL.
  Timestamp sent{};       ///< The epoch when it is not recorded.
};

class ScamperHops {
 public:
  /// `into` has its start time already, also as its end.
  ScamperHops(const ScamperPlan& plan, Trace& into) : plan_(plan), into_(into), hops_(into.hops) {}
  /// False when it is none: somebody answered, and TTLs ascend. The first reply of each probe counts.
  bool add(ScamperHop hop);
  void finish();

 private:
  void silent_up_to(int ttl);

  const ScamperPlan& plan_;
  Trace& into_;
  HopList hops_;
};

}  // namespace isthmus::formats
