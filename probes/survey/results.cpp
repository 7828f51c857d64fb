// What a Survey has found: paths as traces, and links.

#include <algorithm>

#include "probes/survey/row.hpp"
#include "probes/survey/silence.hpp"
#include "probes/survey/state.hpp"

namespace isthmus::probes {
namespace {

using survey::Cell;
using survey::Mark;

static_assert(survey::kLongestRow >= kMaxTraceTtl);

ReplyKind kind_of(Mark mark) {
  switch (mark) {
    case Mark::echo_reply: return ReplyKind::echo_reply;
    case Mark::tcp_syn_ack: return ReplyKind::tcp_syn_ack;
    case Mark::tcp_rst: return ReplyKind::tcp_rst;
    case Mark::unreachable: return ReplyKind::unreachable;
    default: return ReplyKind::time_exceeded;
  }
}

Reply reply_of_cell(const Cell& cell, const IpAddress& from) {
  Reply reply;
  reply.from = from;
  reply.kind = kind_of(cell.mark());
  reply.icmp_code = cell.icmp_code();
  reply.rtt = std::chrono::microseconds(cell.time());
  reply.weak = cell.weak();
  return reply;
}

Outcome inherited(const IpAddress& from) {
  Reply reply;
  reply.from = from;
  reply.kind = ReplyKind::time_exceeded;
  return reply;
}

StopReason stop_of(const Cell& end, std::size_t index, std::size_t max_ttl) {
  if (end.is_destination()) return StopReason::reached;
  if (end.mark() == Mark::unreachable) return StopReason::unreachable;
  if (end.mark() == Mark::failed) return StopReason::send_failed;
  return index + 1 == max_ttl ? StopReason::max_ttl : StopReason::gap_limit;
}

// The destination's own answer further out stands for the hop that was derived from it.
Cell witness_of(std::span<const Cell> row, std::size_t index) {
  if (row[index].mark() != Mark::derived) return row[index];
  const auto found = std::find_if(row.begin() + static_cast<std::ptrdiff_t>(index), row.end(),
                                  [](const Cell& cell) { return cell.answered() && cell.is_destination(); });
  return found != row.end() ? *found : row[index];
}

}  // namespace

Trace Survey::trace(std::size_t target, FlowId flow) const {
  const State& s = *state_;
  const auto path = static_cast<survey::PathIndex>(target * s.settings.flows + flow.value);
  const std::span<const Cell> row = s.plan.grid().row(path);
  const survey::AddressTable& interfaces = s.plan.grid().interfaces();
  Trace trace;
  trace.source = s.settings.source;
  trace.destination = s.targets[target];
  trace.protocol = s.settings.protocol;
  trace.flow = flow;
  const std::size_t end = survey::end_of_path(row);
  if (end == row.size()) return trace;
  trace.stop = stop_of(row[end], end, row.size());
  trace.hops.resize(end + 1);
  survey::InterfaceId known = survey::kNoInterface;  // Precedes what was seen last, at TTL known_at.
  std::size_t known_at = 0;
  for (std::size_t i = end + 1; i-- > 0;) {
    const Cell cell = witness_of(row, i);
    Hop& hop = trace.hops[i];
    hop.ttl = static_cast<Ttl>(i + 1);
    if (cell.answered()) {
      hop.outcomes.push_back(
          reply_of_cell(cell, cell.is_router() ? interfaces.at(cell.interface()) : trace.destination));
      known = cell.is_router() ? cell.interface() : survey::kNoInterface;
      known_at = i;
    } else if (cell.mark() == Mark::failed) {
      hop.outcomes.push_back(SendFailed{});
      known = survey::kNoInterface;
    } else if (cell.mark() == Mark::unsent && known != survey::kNoInterface) {
      const survey::Topology::Upward up = s.plan.predecessor(known);
      if (up.id != survey::kNoInterface && known_at - i == up.ttl) {
        hop.outcomes.push_back(inherited(interfaces.at(up.id)));
        known = up.id;
        known_at = i;
      }
    }
    if (hop.outcomes.empty()) hop.outcomes.push_back(TimedOut{});
  }
  return trace;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> Survey::links() const {
  const survey::Grid& grid = state_->plan.grid();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links;
  for (survey::PathIndex path = 0; path < grid.paths(); ++path) {
    const std::span<const Cell> row = grid.row(path);
    for (std::size_t i = 1; i < row.size(); ++i) {
      if (!row[i - 1].is_router() || !row[i].is_router()) continue;
      if (row[i - 1].interface() == row[i].interface()) continue;  // Zero-TTL forwarding, or a loop: no link.
      links.emplace_back(row[i - 1].interface(), row[i].interface());
    }
  }
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

void Survey::explain_silence(const std::function<void(const SilentHop&)>& tell) const {
  survey::explain_silence(state_->plan.grid(), state_->targets, state_->settings.flows, tell);
}

}  // namespace isthmus::probes
