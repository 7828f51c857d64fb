#include <algorithm>
#include <chrono>
#include <utility>

#include "formats/scamper_words.hpp"
#include "formats/warts_reader.hpp"

namespace isthmus::formats {

struct WartsReader::PingHead : Head {
  std::uint16_t sent{0};
  std::uint8_t method{0};
  std::chrono::microseconds wait{std::chrono::seconds(1)};
};

namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

ScamperReply::Carrier carrier_of(std::uint8_t ip_protocol) {
  if (ip_protocol == kTcp) return ScamperReply::Carrier::tcp;
  return ip_protocol == kUdp ? ScamperReply::Carrier::udp : ScamperReply::Carrier::icmp;
}

void skip_addresses(WartsInput& in, int count) {
  while (count-- > 0 && in.ok()) in.address();
}

// Timestamps, and the addresses they belong to or none.
void skip_timestamps(WartsInput& in) {
  const int times = in.u8();
  const int addresses = in.u8();
  in.bytes(static_cast<std::size_t>(times) * 4);
  skip_addresses(in, addresses);
}

// Of answered probes the record tells when they left; that of others is an estimate, and gives way. False when the
// record says that a probe left before the one ahead of it.
bool bring_into_order(std::vector<PingOutcome>& outcomes) {
  const auto is_known = [](const PingOutcome& ping) { return reply_of(ping.outcome) != nullptr; };
  auto latest = Timestamp::min();
  for (PingOutcome& ping : outcomes) {
    if (is_known(ping) && ping.sent < latest) return false;
    if (is_known(ping)) latest = ping.sent;
  }
  auto next = Timestamp::max();
  for (auto ping = outcomes.rbegin(); ping != outcomes.rend(); ++ping) next = ping->sent = std::min(ping->sent, next);
  latest = Timestamp::min();
  for (PingOutcome& ping : outcomes) {
    if (is_known(ping)) latest = ping.sent;
    ping.sent = std::max(ping.sent, latest);
  }
  return true;
}

}  // namespace

WartsReader::PingHead WartsReader::read_ping_head(WartsInput& in) const {
  PingHead head;
  std::size_t data_size = 0;
  std::chrono::seconds whole(1);
  std::chrono::microseconds part(0);
  in.parameters([&](int flag) {
    if (take_head(in, flag, head)) return true;
    switch (flag) {
      case 8: data_size = in.u16(); return true;
      case 9: in.bytes(data_size); return true;
      case 12: whole = std::chrono::seconds(in.u8()); return true;
      case 15: head.sent = in.u16(); return true;
      case 16: head.method = in.u8(); return true;
      case 19: in.u32(); return true;  // User.
      case 20: head.source = in.address(); return true;
      case 21: head.destination = in.address(); return true;
      case 24: skip_addresses(in, in.u8()); return true;  // Of a timestamp option.
      case 28: part = std::chrono::microseconds(in.u32()); return true;
      // Stop reason and data, TTL, flags, TOS, timeout.
      case 6:
      case 7:
      case 13:
      case 22:
      case 23:
      case 27: in.u8(); return true;
      // Probes asked for, their size, replies asked for, ports, checksum, path MTU.
      case 10:
      case 11:
      case 14:
      case 17:
      case 18:
      case 25:
      case 26: in.u16(); return true;
      default: return false;
    }
  });
  head.wait = whole + part;
  return head;
}

bool WartsReader::read_echo(WartsInput& in, PingSeries& into) const {
  Reply reply;
  ScamperReply what;
  std::size_t probe = 0;
  Timestamp sent{};
  in.parameters([&](int flag) {
    switch (flag) {
      case 1: reply.from = old_address(in); return true;
      case 3: reply.ttl = in.u8(); return true;
      case 4: reply.size = in.u16(); return true;
      case 5:
        what.icmp_type = in.u8();
        what.icmp_code = in.u8();
        return true;
      case 6: reply.rtt = in.round_trip(); return true;
      case 7: probe = in.u16(); return true;
      case 8: reply.ip_id = in.u16(); return true;
      case 10: what.carrier = carrier_of(in.u8()); return true;
      case 11: what.tcp_flags = in.u8(); return true;
      case 12: reply.from = in.address(); return true;
      case 13: skip_addresses(in, in.u8()); return true;  // Of a record route option.
      case 14: skip_timestamps(in); return true;
      case 16: sent = in.time(); return true;
      case 2: in.u8(); return true;    // Flags.
      case 9: in.u16(); return true;   // IP-ID of the probe.
      case 15: in.u32(); return true;  // IP-ID of an IPv6 fragment.
      default: return false;
    }
  });
  if (!in.ok() || probe >= into.outcomes.size() || known_or_none(reply.from) == IpAddress{}) return false;
  set_scamper_kind(reply, what);
  PingOutcome& outcome = into.outcomes[probe];
  if (sent != Timestamp{}) outcome.sent = sent;
  // Any further one is a duplicate.
  if (reply_of(outcome.outcome) == nullptr) outcome.outcome = std::move(reply);
  return true;
}

bool WartsReader::read_ping(std::string_view bytes, PingSeries& into) {
  WartsInput in(bytes, defined_);
  const PingHead head = read_ping_head(in);
  const auto protocol = scamper_ping_protocol(head.method);
  if (!in.ok() || !protocol || known_or_none(head.destination) == IpAddress{}) return false;
  into.vantage = vantage_of(head);
  into.target = target_of(head);
  into.source = known_or_none(head.source);
  into.address = head.destination;
  into.seen_from = IpAddress{};
  into.protocol = *protocol;
  into.outcomes.clear();
  for (int i = 0; i < head.sent; ++i) into.outcomes.push_back({head.start + i * head.wait, TimedOut{}});
  for (int left = in.u16(); left > 0 && in.ok(); --left) {
    if (!read_echo(in, into)) return false;
  }
  return in.ok() && bring_into_order(into.outcomes);
}

}  // namespace isthmus::formats
