#include "formats/scamper_words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace isthmus::formats {
namespace {

struct Method {
  std::uint8_t number;
  std::string_view word;
  Protocol protocol;
};

constexpr std::array kTraceMethods{Method{1, "icmp-echo", Protocol::icmp}, Method{2, "udp", Protocol::udp},
                                   Method{3, "tcp", Protocol::tcp},        Method{4, "icmp-echo-paris", Protocol::icmp},
                                   Method{5, "udp-paris", Protocol::udp},  Method{6, "tcp-ack", Protocol::tcp}};
constexpr std::array kPingMethods{Method{0, "icmp-echo", Protocol::icmp},    Method{1, "tcp-ack", Protocol::tcp},
                                  Method{2, "tcp-ack-sport", Protocol::tcp}, Method{3, "udp", Protocol::udp},
                                  Method{4, "udp-dport", Protocol::udp},     Method{5, "icmp-time", Protocol::icmp},
                                  Method{6, "tcp-syn", Protocol::tcp},       Method{7, "tcp-synack", Protocol::tcp},
                                  Method{8, "tcp-rst", Protocol::tcp},       Method{9, "tcp-syn-sport", Protocol::tcp},
                                  Method{10, "udp-sport", Protocol::udp}};
constexpr std::array kMdaMethods{Method{1, "udp-dport", Protocol::udp}, Method{2, "icmp-echo", Protocol::icmp},
                                 Method{3, "udp-sport", Protocol::udp}, Method{4, "tcp-sport", Protocol::tcp},
                                 Method{5, "tcp-ack-sport", Protocol::tcp}};

std::optional<Protocol> protocol_of(std::span<const Method> methods, std::uint8_t number) {
  const auto found = std::ranges::find(methods, number, &Method::number);
  return found == methods.end() ? std::nullopt : std::optional(found->protocol);
}

std::optional<Protocol> protocol_of(std::span<const Method> methods, std::string_view word) {
  const auto found = std::ranges::find(methods, word, &Method::word);
  return found == methods.end() ? std::nullopt : std::optional(found->protocol);
}

struct Stop {
  std::uint8_t number;
  std::string_view word;
  StopReason reason;
};
// "ICMP" is a message that is neither time exceeded nor unreachable: probing cannot go on behind who sent it.
constexpr std::array kStops{Stop{1, "COMPLETED", StopReason::reached},  Stop{2, "UNREACH", StopReason::unreachable},
                            Stop{3, "ICMP", StopReason::unreachable},   Stop{4, "LOOP", StopReason::loop},
                            Stop{5, "GAPLIMIT", StopReason::gap_limit}, Stop{6, "ERROR", StopReason::send_failed},
                            Stop{7, "HOPLIMIT", StopReason::max_ttl}};

}  // namespace

std::optional<Protocol> scamper_trace_protocol(std::uint8_t number) { return protocol_of(kTraceMethods, number); }
std::optional<Protocol> scamper_trace_protocol(std::string_view word) { return protocol_of(kTraceMethods, word); }
std::optional<Protocol> scamper_ping_protocol(std::uint8_t number) { return protocol_of(kPingMethods, number); }
std::optional<Protocol> scamper_ping_protocol(std::string_view word) { return protocol_of(kPingMethods, word); }
std::optional<Protocol> scamper_mda_protocol(std::uint8_t number) { return protocol_of(kMdaMethods, number); }
std::optional<Protocol> scamper_mda_protocol(std::string_view word) { return protocol_of(kMdaMethods, word); }

std::optional<StopReason> scamper_stop(std::uint8_t number) {
  const auto found = std::ranges::find(kStops, number, &Stop::number);
  return found == kStops.end() ? std::nullopt : std::optional(found->reason);
}

std::optional<StopReason> scamper_stop(std::string_view word) {
  const auto found = std::ranges::find(kStops, word, &Stop::word);
  return found == kStops.end() ? std::nullopt : std::optional(found->reason);
}

std::uint8_t scamper_stop_number(StopReason reason) { return std::ranges::find(kStops, reason, &Stop::reason)->number; }

std::uint16_t scamper_default_port(Protocol protocol) {
  constexpr std::uint16_t kUdp = 33435;
  constexpr std::uint16_t kTcp = 80;
  return protocol == Protocol::tcp ? kTcp : kUdp;
}

FlowId scamper_flow(Protocol protocol, std::uint16_t source_port, std::uint16_t destination_port) {
  return FlowId{static_cast<std::uint16_t>(source_port + destination_port - scamper_default_port(protocol))};
}

void set_scamper_kind(Reply& reply, const ScamperReply& as) {
  constexpr std::uint8_t kSyn = 0x02;
  reply.icmp_type = as.carrier == ScamperReply::Carrier::icmp ? as.icmp_type : std::uint8_t{0};
  reply.icmp_code = as.carrier == ScamperReply::Carrier::icmp ? as.icmp_code : std::uint8_t{0};
  const bool v4 = reply.from.is_v4();
  if (as.carrier == ScamperReply::Carrier::tcp) {
    reply.kind = (as.tcp_flags & kSyn) != 0 ? ReplyKind::tcp_syn_ack : ReplyKind::tcp_rst;
  } else if (as.carrier == ScamperReply::Carrier::udp) {
    reply.kind = ReplyKind::echo_reply;  // The destination answered in kind; the model has no word of its own for it.
  } else if (as.icmp_type == (v4 ? 0 : 129)) {
    reply.kind = ReplyKind::echo_reply;
  } else {
    reply.kind = as.icmp_type == (v4 ? 11 : 3) ? ReplyKind::time_exceeded : ReplyKind::unreachable;
    if (!reply.quoted_ttl) reply.quoted_ttl = Ttl{1};
    return;
  }
  // Some records have zeros where nothing was quoted.
  reply.quoted_ttl.reset();
  reply.quoted_tos.reset();
}

}  // namespace isthmus::formats
