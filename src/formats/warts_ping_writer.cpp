#include <algorithm>
#include <span>

#include "formats/warts_output.hpp"
#include "formats/warts_reader.hpp"
#include "formats/warts_writing.hpp"
#include "isthmus/formats/warts.hpp"

namespace isthmus::formats {
namespace {

// Methods of pings, and IP protocol numbers of what answers them.
std::uint8_t ping_method(Protocol protocol) {
  constexpr std::uint8_t kIcmpEcho = 0;
  constexpr std::uint8_t kUdp = 3;
  constexpr std::uint8_t kTcpSyn = 6;
  if (protocol == Protocol::icmp) return kIcmpEcho;
  return protocol == Protocol::udp ? kUdp : kTcpSyn;
}

std::uint8_t ip_protocol(const Reply& reply) {
  if (is_tcp(reply)) return 6;
  return reply.from.is_v4() ? 1 : 58;
}

void append_echo(WartsFields& out, const Reply& reply, std::size_t probe, Timestamp sent, WartsDefined& defined) {
  const bool has_ip_id = reply.ip_id != 0 && reply.from.is_v4();
  WartsParameters echo;
  echo.field(2).u8(static_cast<std::uint8_t>((reply.ttl > 0 ? 0x01 : 0) | (has_ip_id ? 0x02 : 0)));
  echo.field(3).u8(reply.ttl);
  echo.field(4).u16(reply.size);
  if (!is_tcp(reply)) echo.field(5).u8(reply.icmp_type).u8(reply.icmp_code);
  echo.field(6).round_trip(reply.rtt);
  echo.field(7).u16(static_cast<std::uint16_t>(probe));
  if (has_ip_id) echo.field(8).u16(reply.ip_id);
  echo.field(10).u8(ip_protocol(reply));
  if (is_tcp(reply)) echo.field(11).u8(tcp_flags(reply));
  echo.field(12).address(reply.from, defined);
  echo.field(16).time(sent);
  echo.append_to(out);
}

// The mean time between sendings, of which scamper has one for all.
std::chrono::microseconds interval_of(std::span<const PingOutcome> outcomes) {
  if (outcomes.size() < 2) return std::chrono::seconds(1);
  const Duration all = outcomes.back().sent - outcomes.front().sent;
  const auto each = std::chrono::round<std::chrono::microseconds>(all / static_cast<std::int64_t>(outcomes.size() - 1));
  return std::clamp<std::chrono::microseconds>(each, std::chrono::microseconds(0), std::chrono::seconds(255));
}

}  // namespace

void WartsWriter::write(const PingSeries& series) {
  const std::span<const PingOutcome> outcomes =
      std::span(series.outcomes).first(std::min<std::size_t>(series.outcomes.size(), 65535));
  const Timestamp start = outcomes.empty() ? Timestamp{} : outcomes.front().sent;
  const std::uint32_t list = list_of(series.vantage, series.target, start);
  const auto interval = interval_of(outcomes);
  const auto whole = std::chrono::floor<std::chrono::seconds>(interval);
  WartsDefined defined;
  WartsParameters head;
  head.field(1).u32(list);
  head.field(2).u32(list);
  head.field(5).time(start);
  head.field(6).u8(1);  // All probes sent.
  head.field(10).u16(static_cast<std::uint16_t>(outcomes.size()));
  head.field(12).u8(static_cast<std::uint8_t>(whole.count()));
  head.field(15).u16(static_cast<std::uint16_t>(outcomes.size()));
  head.field(16).u8(ping_method(series.protocol));
  head.field(20).address(source_or_none(series.source, series.address), defined);
  head.field(21).address(series.address, defined);
  head.field(28).u32(static_cast<std::uint32_t>((interval - whole).count()));
  WartsFields replies;
  std::uint16_t count = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Reply* reply = reply_of(outcomes[i].outcome);
    if (reply == nullptr) continue;
    append_echo(replies, *reply, i, outcomes[i].sent, defined);
    ++count;
  }
  WartsFields body;
  head.append_to(body);
  body.u16(count).append(replies.bytes());
  sink_(warts_record(WartsType::ping, body));
}

}  // namespace isthmus::formats
