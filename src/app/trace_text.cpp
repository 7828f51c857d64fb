#include "app/trace_text.hpp"

#include <fmt/format.h>

#include "isthmus/probes/diagnosis.hpp"

namespace isthmus::app {
namespace {

// How a reply differs from the plain "time exceeded" of a router.
std::string marks_of(const Reply& reply) {
  std::string text;
  switch (reply.kind) {
    case ReplyKind::unreachable: text += fmt::format(" !{}", reply.icmp_code); break;
    case ReplyKind::tcp_syn_ack: text += " open"; break;
    case ReplyKind::tcp_rst: text += " closed"; break;
    case ReplyKind::echo_reply:
    case ReplyKind::time_exceeded: break;
  }
  if (reply.weak) text += " weak";
  return text;
}

std::string answers_of(const Hop& hop) {
  std::string text;
  for (const Outcome& outcome : hop.outcomes) {
    const Reply* reply = reply_of(outcome);
    text += reply != nullptr ? fmt::format("  {:.3f} ms{}", to_seconds(reply->rtt) * 1e3, marks_of(*reply)) : "  *";
  }
  return text;
}

std::string labels_of(const Reply& reply) {
  std::string text;
  for (const MplsLabel& label : reply.mpls) {
    text += fmt::format("{}{}", text.empty() ? "  MPLS " : ", ", label.label);
  }
  return text;
}

std::string hop_line(const Hop& hop, const ip2as::PrefixTable& names) {
  const Reply* answer = hop.answer();
  if (answer == nullptr) return fmt::format("{:>4}  {:<16}{}\n", hop.ttl, "*", answers_of(hop));
  std::string network;
  if (const auto origin = names.lookup(answer->from)) {
    network = fmt::format("  AS{} {}", to_string(origin->asn), origin->name);
  }
  return fmt::format("{:>4}  {:<16}{}{}{}\n", hop.ttl, to_string(answer->from), answers_of(hop), labels_of(*answer),
                     network);
}

std::string loss_lines(const probes::TraceDiagnosis& diagnosis) {
  std::string text;
  for (const probes::HopDiagnosis& hop : diagnosis.hops) {
    const auto cause = hop.lost.cause();
    // A silent hop speaks for itself, unless something is known about it.
    if (cause == probes::LossCause::none || cause == probes::LossCause::unknown) continue;
    text += fmt::format("      hop {}: {} of {} probes lost, {}\n", hop.ttl, hop.lost.total(), hop.probes,
                        probes::to_string(cause));
  }
  return text;
}

}  // namespace

std::vector<std::string> findings_of(const probes::TraceDiagnosis& diagnosis) {
  std::vector<std::string> findings;
  if (diagnosis.translated_from) {
    findings.push_back(fmt::format("addresses are translated (NAT) from hop {} on, by it or the hop before",
                                   *diagnosis.translated_from));
  }
  if (diagnosis.loop) {
    findings.push_back(fmt::format("loop: {} at hop {} and again at hop {}", to_string(diagnosis.loop->router),
                                   diagnosis.loop->first, diagnosis.loop->again));
  }
  for (const probes::ZeroTtl& fault : diagnosis.zero_ttl) {
    findings.push_back(fmt::format("hop {} forwards probes whose TTL is used up; {} answered in its place",
                                   fault.hidden, to_string(fault.next)));
  }
  for (const probes::Tunnel& tunnel : diagnosis.tunnels) {
    findings.push_back(fmt::format("MPLS tunnel from hop {} to hop {}", tunnel.first, tunnel.last));
  }
  if (diagnosis.target_repeats) {
    findings.push_back(fmt::format("the destination's address answers at hops {} to {}: a gateway answers in its name",
                                   diagnosis.target_repeats->first, diagnosis.target_repeats->last));
  }
  return findings;
}

std::string trace_text(const Trace& trace, const ip2as::PrefixTable& names) {
  std::string text = fmt::format("{} ({}) by {}, flow {}: {}\n", trace.target, to_string(trace.destination),
                                 to_string(trace.protocol), trace.flow.value, to_string(trace.stop));
  for (const Hop& hop : trace.hops) text += hop_line(hop, names);
  const auto diagnosis = probes::diagnose(trace);
  text += loss_lines(diagnosis);
  for (const std::string& finding : findings_of(diagnosis)) text += "      " + finding + "\n";
  return text;
}

}  // namespace isthmus::app
