#include "formats/mda_flows.hpp"

#include <algorithm>

#include "formats/record.hpp"

namespace isthmus::formats {

void MdaFlows::add(FlowId flow, Ttl ttl, Timestamp sent, Outcome outcome) {
  Probed& probed = probes_[{flow, ttl}];
  const Reply* reply = reply_of(outcome);
  probed.first = std::min(probed.first, sent);
  probed.last = std::max(probed.last, sent + (reply == nullptr ? Duration{} : reply->rtt));
  probed.outcomes.push_back(std::move(outcome));
}

void MdaFlows::append_traces(const Trace& like, std::vector<Trace>& into) const {
  const std::size_t before = into.size();
  for (const auto& [where, probed] : probes_) {
    const auto& [flow, ttl] = where;
    const bool goes_on = into.size() > before && into.back().flow == flow && into.back().hops.back().ttl + 1 == ttl;
    if (!goes_on) {
      into.push_back(like);
      into.back().hops.clear();
      into.back().flow = flow;
      into.back().started = probed.first;
      into.back().ended = probed.last;
    }
    Trace& trace = into.back();
    trace.hops.push_back({ttl, probed.outcomes});
    trace.started = std::min(trace.started, probed.first);
    trace.ended = std::max(trace.ended, probed.last);
  }
  for (std::size_t i = before; i < into.size(); ++i) into[i].stop = deduce_stop(into[i]);
}

}  // namespace isthmus::formats
