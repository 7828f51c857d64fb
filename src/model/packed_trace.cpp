#include "isthmus/model/packed_trace.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <string>
#include <vector>

namespace isthmus {
namespace {

// Numbers are little-endian base 128, seven bits a byte, the highest bit telling that more follow: nearly all of them
// are small. Signed ones alternate between plus and minus (zigzag), so that small stays small.
constexpr std::uint8_t kMore = 0x80;

// The first byte of an outcome: what it is, and for a reply which of its rarer members follow.
constexpr std::uint8_t kTimedOut = 0;
constexpr std::uint8_t kSendFailed = 1;
constexpr std::uint8_t kReply = 2;
constexpr std::uint8_t kKind = 0x03;
constexpr std::uint8_t kQuotedTtl = 0x04;
constexpr std::uint8_t kQuotedTos = 0x08;
constexpr std::uint8_t kMpls = 0x10;
constexpr std::uint8_t kWeak = 0x20;
constexpr std::uint8_t kRewritten = 0x40;

std::uint64_t ticks(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

std::uint8_t flag(bool holds, std::uint8_t bit) { return holds ? bit : std::uint8_t{0}; }

class Packer {
 public:
  explicit Packer(std::vector<std::uint8_t>& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(value); }
  void number(std::uint64_t value) {
    for (; value >= kMore; value >>= 7) byte(static_cast<std::uint8_t>(value) | kMore);
    byte(static_cast<std::uint8_t>(value));
  }
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(const std::string& value) {
    number(value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  void address(const IpAddress& value) {
    byte(static_cast<std::uint8_t>(value.family()));
    out_.insert(out_.end(), value.bytes().begin(), value.bytes().begin() + value.width() / 8);
  }
  void outcome(const Outcome& value) {
    if (const auto* failed = std::get_if<SendFailed>(&value)) {
      byte(kSendFailed);
      signed_number(failed->error_number);
    } else if (const Reply* answer = reply_of(value)) {
      reply(*answer);
    } else {
      byte(kTimedOut);
    }
  }

 private:
  void reply(const Reply& value) {
    byte(static_cast<std::uint8_t>(kReply | flag(value.quoted_ttl.has_value(), kQuotedTtl) |
                                   flag(value.quoted_tos.has_value(), kQuotedTos) | flag(!value.mpls.empty(), kMpls) |
                                   flag(value.weak, kWeak) | flag(value.rewritten, kRewritten)));
    address(value.from);
    byte(static_cast<std::uint8_t>(value.kind));
    byte(value.icmp_type);
    byte(value.icmp_code);
    signed_number(value.rtt.count());
    byte(value.ttl);
    number(value.size);
    number(value.ip_id);
    if (value.quoted_ttl) byte(*value.quoted_ttl);
    if (value.quoted_tos) byte(*value.quoted_tos);
    if (value.mpls.empty()) return;
    number(value.mpls.size());
    for (const MplsLabel& label : value.mpls) {
      number(label.label);
      byte(label.experimental);
      byte(flag(label.bottom, 1));
      byte(label.ttl);
    }
  }

  std::vector<std::uint8_t>& out_;
};

// Reads what Packer wrote, and nothing else: the bytes never leave the process.
class Unpacker {
 public:
  explicit Unpacker(const std::uint8_t* at) : at_(at) {}

  std::uint8_t byte() { return *at_++; }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & ~kMore) << shift;
      if ((next & kMore) == 0) return value;
    }
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string text() {
    const auto size = static_cast<std::ptrdiff_t>(number());
    at_ += size;
    return {at_ - size, at_};
  }
  IpAddress address() {
    const auto family = static_cast<Family>(byte());
    std::array<std::uint8_t, 16> bytes{};
    const std::ptrdiff_t width = family == Family::ipv4 ? 4 : 16;
    std::copy(at_, at_ + width, bytes.begin());
    at_ += width;
    if (family == Family::ipv6) return IpAddress::v6(bytes);
    return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                         (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]});
  }
  Outcome outcome() {
    const std::uint8_t first = byte();
    if ((first & kKind) == kTimedOut) return TimedOut{};
    if ((first & kKind) == kSendFailed) return SendFailed{static_cast<int>(signed_number())};
    return reply(first);
  }

 private:
  Reply reply(std::uint8_t first) {
    Reply value;
    value.from = address();
    value.kind = static_cast<ReplyKind>(byte());
    value.icmp_type = byte();
    value.icmp_code = byte();
    value.rtt = Duration(signed_number());
    value.ttl = byte();
    value.size = static_cast<std::uint16_t>(number());
    value.ip_id = static_cast<std::uint16_t>(number());
    if ((first & kQuotedTtl) != 0) value.quoted_ttl = byte();
    if ((first & kQuotedTos) != 0) value.quoted_tos = byte();
    if ((first & kMpls) != 0) value.mpls.resize(number());
    for (MplsLabel& label : value.mpls) {
      label.label = static_cast<std::uint32_t>(number());
      label.experimental = byte();
      label.bottom = byte() != 0;
      label.ttl = byte();
    }
    value.weak = (first & kWeak) != 0;
    value.rewritten = (first & kRewritten) != 0;
    return value;
  }

  const std::uint8_t* at_;
};

}  // namespace

PackedTrace::PackedTrace(const Trace& trace) {
  std::vector<std::uint8_t> buffer;
  buffer.reserve(128 + 32 * trace.hops.size());
  Packer packer(buffer);
  packer.text(trace.vantage);
  packer.text(trace.target);
  packer.address(trace.source);
  packer.address(trace.destination);
  packer.byte(static_cast<std::uint8_t>(trace.protocol));
  packer.number(trace.flow.value);
  packer.signed_number(trace.started.time_since_epoch().count());
  // Wraps around: times that somebody else wrote down may be any number.
  packer.signed_number(static_cast<std::int64_t>(ticks(trace.ended) - ticks(trace.started)));
  packer.byte(static_cast<std::uint8_t>(trace.stop));
  packer.address(trace.seen_from);
  packer.number(trace.hops.size());
  for (const Hop& hop : trace.hops) {
    packer.byte(hop.ttl);
    packer.number(hop.outcomes.size());
    for (const Outcome& outcome : hop.outcomes) packer.outcome(outcome);
  }
  const auto bytes = std::make_shared<std::uint8_t[]>(buffer.size());
  std::copy(buffer.begin(), buffer.end(), bytes.get());
  bytes_ = bytes;
}

Trace PackedTrace::unpack() const {
  Unpacker unpacker(bytes_.get());
  Trace trace;
  trace.vantage = unpacker.text();
  trace.target = unpacker.text();
  trace.source = unpacker.address();
  trace.destination = unpacker.address();
  trace.protocol = static_cast<Protocol>(unpacker.byte());
  trace.flow = FlowId{static_cast<std::uint16_t>(unpacker.number())};
  trace.started = Timestamp(Duration(unpacker.signed_number()));
  const std::uint64_t ended = ticks(trace.started) + static_cast<std::uint64_t>(unpacker.signed_number());
  trace.ended = Timestamp(Duration(static_cast<std::int64_t>(ended)));
  trace.stop = static_cast<StopReason>(unpacker.byte());
  trace.seen_from = unpacker.address();
  trace.hops.resize(unpacker.number());
  for (Hop& hop : trace.hops) {
    hop.ttl = unpacker.byte();
    hop.outcomes.resize(unpacker.number());
    for (Outcome& outcome : hop.outcomes) outcome = unpacker.outcome();
  }
  return trace;
}

}  // namespace isthmus
