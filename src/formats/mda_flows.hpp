#pragma once
// An MDA traceroute sends many flows, and most of them to a few TTLs only, until it has seen every branch with the
// confidence that was asked for. What it saw is a graph; a trace is of one flow. So each flow becomes a trace, and
// where a flow skipped a TTL it becomes two: what nobody probed is no silence, and hops of different flows are never
// joined. The first hop is not in it, because scamper does not record the probes that found it. One thread.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

class MdaFlows {
 public:
  void clear() { probes_.clear(); }
  [[nodiscard]] bool empty() const { return probes_.empty(); }
  /// One probe, sent at this time; `outcome` is its first reply, or silence.
  void add(FlowId flow, Ttl ttl, Timestamp sent, Outcome outcome);
  /// Appends the traces. `like` has what they share: vantage, addresses, protocol.
  void append_traces(const Trace& like, std::vector<Trace>& into) const;

 private:
  struct Probed {
    std::vector<Outcome> outcomes;
    Timestamp first{Timestamp::max()};
    Timestamp last{Timestamp::min()};
  };
  std::map<std::pair<FlowId, Ttl>, Probed> probes_;
};

}  // namespace isthmus::formats
