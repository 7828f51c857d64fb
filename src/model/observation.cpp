#include "isthmus/model/observation.hpp"

namespace isthmus {

const char* to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp: return "icmp";
    case Protocol::udp: return "udp";
    case Protocol::tcp: return "tcp";
  }
  return "unknown";
}

const char* to_string(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::echo_reply: return "echo_reply";
    case ReplyKind::time_exceeded: return "time_exceeded";
    case ReplyKind::unreachable: return "unreachable";
    case ReplyKind::tcp_syn_ack: return "tcp_syn_ack";
    case ReplyKind::tcp_rst: return "tcp_rst";
  }
  return "unknown";
}

const char* to_string(StopReason reason) {
  switch (reason) {
    case StopReason::reached: return "reached";
    case StopReason::unreachable: return "unreachable";
    case StopReason::gap_limit: return "gap_limit";
    case StopReason::max_ttl: return "max_ttl";
    case StopReason::loop: return "loop";
    case StopReason::send_failed: return "send_failed";
  }
  return "unknown";
}

const char* to_string(InvalidReason reason) {
  switch (reason) {
    case InvalidReason::malformed: return "malformed";
    case InvalidReason::not_ours: return "not_ours";
    case InvalidReason::bad_tag: return "bad_tag";
    case InvalidReason::duplicate: return "duplicate";
    case InvalidReason::too_late: return "too_late";
    case InvalidReason::impossible: return "impossible";
  }
  return "unknown";
}

const Reply* Hop::answer() const {
  for (const Outcome& outcome : outcomes) {
    if (const Reply* reply = reply_of(outcome)) return reply;
  }
  return nullptr;
}

bool answers_ping(const Reply& reply, const IpAddress& address) {
  if (reply.from != address) return false;
  if (reply.kind == ReplyKind::unreachable) return reply.icmp_code == (address.is_v4() ? 3 : 4);
  return reply.kind != ReplyKind::time_exceeded;
}

const std::string& vantage_of(const Observation& observation) {
  return std::visit([](const auto& o) -> const std::string& { return o.vantage; }, observation);
}

Timestamp time_of(const Observation& observation) {
  if (const auto* trace = std::get_if<Trace>(&observation)) return trace->ended;
  return std::get<PingSeries>(observation).outcomes.back().sent;
}

}  // namespace isthmus
