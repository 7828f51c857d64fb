#pragma once
// From a decoded packet to the model's Reply. Pure functions; any thread.

#include <optional>

#include "isthmus/model/observation.hpp"
#include "isthmus/wire/decode.hpp"

namespace isthmus::probes {

/// No packet is on its way for longer: a TTL is also a bound in seconds (RFC 791 section 3.2), once each way.
inline constexpr Duration kLongestRoundTrip = std::chrono::seconds(2 * 255);

/// Whether a round trip may have taken so long. With zero or less, the answer was there before its probe.
[[nodiscard]] inline bool is_possible(Duration rtt) { return rtt > Duration::zero() && rtt <= kLongestRoundTrip; }

[[nodiscard]] inline Reply make_reply(const wire::DecodedPacket& packet, Duration rtt) {
  Reply reply;
  reply.from = packet.ip.source;
  reply.kind = packet.kind;
  reply.icmp_type = packet.icmp_type;
  reply.icmp_code = packet.icmp_code;
  reply.rtt = rtt;
  reply.ttl = packet.ip.ttl;
  if (const auto* error = std::get_if<wire::IcmpError>(&packet.message)) {
    reply.quoted_ttl = error->quoted.ttl;
    reply.quoted_tos = error->quoted.tos;
    reply.mpls.assign(error->mpls.labels.begin(),
                      error->mpls.labels.begin() + static_cast<std::ptrdiff_t>(error->mpls.size));
  }
  reply.ip_id = packet.ip.ip_id;
  reply.size = packet.ip.total_length;
  return reply;
}

}  // namespace isthmus::probes
