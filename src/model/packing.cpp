#include "model/packing.hpp"

#include <array>

namespace isthmus::packing {
namespace {

std::uint8_t flag(bool holds, std::uint8_t bit) { return holds ? bit : std::uint8_t{0}; }

}  // namespace

void Packer::text(const std::string& value) {
  make_room(kMostOfNumber + value.size());
  put_number(value.size());
  std::memcpy(at_, value.data(), value.size());
  at_ += value.size();
}

void Packer::outcome(const Outcome& value) {
  make_room(kMostOfOutcome);
  if (const auto* failed = std::get_if<SendFailed>(&value)) {
    byte(kSendFailed);
    put_signed(failed->error_number);
  } else if (const Reply* answer = reply_of(value)) {
    reply(*answer);
  } else {
    byte(kTimedOut);
  }
}

void Packer::reply(const Reply& value) {
  const bool same_from = value.from == from_;
  byte(static_cast<std::uint8_t>(kReply | flag(same_from, kSameFrom) | flag(value.quoted_ttl.has_value(), kQuotedTtl) |
                                 flag(value.quoted_tos.has_value(), kQuotedTos) | flag(!value.mpls.empty(), kMpls) |
                                 flag(value.weak, kWeak) | flag(value.rewritten, kRewritten)));
  if (!same_from) {
    put_address(value.from);
    from_ = value.from;
  }
  byte(static_cast<std::uint8_t>(value.kind));
  byte(value.icmp_type);
  byte(value.icmp_code);
  put_signed(value.rtt.count());
  byte(value.ttl);
  put_number(value.size);
  put_number(value.ip_id);
  if (value.quoted_ttl) byte(*value.quoted_ttl);
  if (value.quoted_tos) byte(*value.quoted_tos);
  if (value.mpls.empty()) return;
  number(value.mpls.size());
  for (const MplsLabel& label : value.mpls) {
    make_room(2 * kMostOfNumber);
    put_number(label.label);
    byte(label.experimental);
    byte(flag(label.bottom, 1));
    byte(label.ttl);
  }
}

void Packer::trace(const Trace& value) {
  text(value.vantage);
  text(value.target);
  address(value.source);
  address(value.destination);
  number(static_cast<std::uint64_t>(value.protocol));
  number(value.flow.value);
  signed_number(value.started.time_since_epoch().count());
  // Wraps around: times that somebody else wrote down may be any number.
  signed_number(static_cast<std::int64_t>(ticks(value.ended) - ticks(value.started)));
  number(static_cast<std::uint64_t>(value.stop));
  address(value.seen_from);
  number(value.hops.size());
  for (const Hop& hop : value.hops) {
    make_room(1 + kMostOfNumber);
    byte(hop.ttl);
    put_number(hop.outcomes.size());
    for (const Outcome& one : hop.outcomes) outcome(one);
  }
}

void Packer::series(const PingSeries& value) {
  text(value.vantage);
  text(value.target);
  address(value.source);
  address(value.address);
  number(static_cast<std::uint64_t>(value.protocol));
  address(value.seen_from);
  number(value.outcomes.size());
  std::uint64_t before = 0;
  for (const PingOutcome& ping : value.outcomes) {
    signed_number(static_cast<std::int64_t>(ticks(ping.sent) - before));
    before = ticks(ping.sent);
    outcome(ping.outcome);
  }
}

void Unpacker::text(std::string& into) {
  const std::size_t size = number();
  into.assign(reinterpret_cast<const char*>(at_), size);
  at_ += size;
}

void Unpacker::address(IpAddress& into) {
  if (static_cast<Family>(byte()) == Family::ipv4) {
    into = IpAddress::v4((std::uint32_t{at_[0]} << 24) | (std::uint32_t{at_[1]} << 16) | (std::uint32_t{at_[2]} << 8) |
                         std::uint32_t{at_[3]});
    at_ += 4;
    return;
  }
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), at_, bytes.size());
  at_ += bytes.size();
  into = IpAddress::v6(bytes);
}

void Unpacker::outcome(Outcome& into) {
  const std::uint8_t first = byte();
  if ((first & kKind) == kTimedOut) {
    into = TimedOut{};
  } else if ((first & kKind) == kSendFailed) {
    into = SendFailed{static_cast<int>(signed_number())};
  } else {
    auto* held = std::get_if<Reply>(&into);
    reply(first, held != nullptr ? *held : into.emplace<Reply>());
  }
}

void Unpacker::reply(std::uint8_t first, Reply& into) {
  if ((first & kSameFrom) == 0) address(from_);
  into.from = from_;
  into.kind = static_cast<ReplyKind>(byte());
  into.icmp_type = byte();
  into.icmp_code = byte();
  into.rtt = Duration(signed_number());
  into.ttl = byte();
  into.size = static_cast<std::uint16_t>(number());
  into.ip_id = static_cast<std::uint16_t>(number());
  into.quoted_ttl.reset();
  into.quoted_tos.reset();
  if ((first & kQuotedTtl) != 0) into.quoted_ttl = byte();
  if ((first & kQuotedTos) != 0) into.quoted_tos = byte();
  into.mpls.resize((first & kMpls) != 0 ? number() : 0);
  for (MplsLabel& label : into.mpls) {
    label.label = static_cast<std::uint32_t>(number());
    label.experimental = byte();
    label.bottom = byte() != 0;
    label.ttl = byte();
  }
  into.weak = (first & kWeak) != 0;
  into.rewritten = (first & kRewritten) != 0;
}

void Unpacker::trace(Trace& into) {
  text(into.vantage);
  text(into.target);
  address(into.source);
  address(into.destination);
  into.protocol = static_cast<Protocol>(number());
  into.flow = FlowId{static_cast<std::uint16_t>(number())};
  into.started = time();
  const std::uint64_t ended = ticks(into.started) + static_cast<std::uint64_t>(signed_number());
  into.ended = Timestamp(Duration(static_cast<std::int64_t>(ended)));
  into.stop = static_cast<StopReason>(number());
  address(into.seen_from);
  into.hops.resize(number());
  for (Hop& hop : into.hops) {
    hop.ttl = byte();
    hop.measured.reset();
    hop.outcomes.resize(number());
    for (Outcome& one : hop.outcomes) outcome(one);
  }
}

void Unpacker::series(PingSeries& into) {
  text(into.vantage);
  text(into.target);
  address(into.source);
  address(into.address);
  into.protocol = static_cast<Protocol>(number());
  address(into.seen_from);
  into.outcomes.resize(number());
  std::uint64_t before = 0;
  for (PingOutcome& ping : into.outcomes) {
    before += static_cast<std::uint64_t>(signed_number());
    ping.sent = Timestamp(Duration(static_cast<std::int64_t>(before)));
    outcome(ping.outcome);
  }
}

}  // namespace isthmus::packing
