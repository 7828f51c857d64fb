#pragma once
// What scamper's numbers and words mean in the model: probe methods, stop reasons, replies. From scamper(1), warts(5)
// and the JSON that sc_warts2json prints. Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Of traceroutes, pings, and MDA traceroutes, which number them each in their own way.
[[nodiscard]] std::optional<Protocol> scamper_trace_protocol(std::uint8_t number);
[[nodiscard]] std::optional<Protocol> scamper_trace_protocol(std::string_view word);
[[nodiscard]] std::optional<Protocol> scamper_ping_protocol(std::uint8_t number);
[[nodiscard]] std::optional<Protocol> scamper_ping_protocol(std::string_view word);
[[nodiscard]] std::optional<Protocol> scamper_mda_protocol(std::uint8_t number);
[[nodiscard]] std::optional<Protocol> scamper_mda_protocol(std::string_view word);

inline constexpr std::uint8_t kScamperIcmpEchoParis = 4;

/// Nothing where the hops must tell: none given, probing was broken off, or a stop set was met.
[[nodiscard]] std::optional<StopReason> scamper_stop(std::uint8_t number);
[[nodiscard]] std::optional<StopReason> scamper_stop(std::string_view word);
[[nodiscard]] std::uint8_t scamper_stop_number(StopReason reason);

/// The header fields that load balancers hash, as one number: an ICMP probe's checksum, or the ports. Where only the
/// source port differs from what scamper uses by default it is that port.
[[nodiscard]] FlowId scamper_flow(Protocol protocol, std::uint16_t source_port, std::uint16_t destination_port);
[[nodiscard]] std::uint16_t scamper_default_port(Protocol protocol);

/// What a reply was.
struct ScamperReply {
  enum class Carrier : std::uint8_t { icmp, tcp, udp } carrier{Carrier::icmp};
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  std::uint8_t tcp_flags{0};
};
/// Sets kind, type and code, and a quoted TTL of 1 where one is quoted: scamper leaves it out then.
void set_scamper_kind(Reply& reply, const ScamperReply& as);

}  // namespace isthmus::formats
