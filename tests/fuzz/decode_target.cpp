// The packet decoder, both families: raw bytes as a socket delivers them, once as they are and once with lengths and
// checksums made right, which no fuzzer would guess.

#include "fuzz/fuzz_target.hpp"
#include "fuzz/mend.hpp"
#include "isthmus/wire/decode.hpp"

namespace {

using namespace isthmus;
using Bytes = std::span<const std::byte>;

bool lies_within(Bytes inner, Bytes outer) {
  return inner.empty() || (inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size());
}

Bytes quoted_payload(const wire::IcmpError& error) {
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) return udp->payload;
  if (const auto* icmp = std::get_if<wire::QuotedIcmp>(&error.transport)) return icmp->payload;
  return {};
}

void check_error(const wire::DecodedPacket& packet, const wire::IcmpError& error, Bytes bytes) {
  fuzz::require(packet.kind == ReplyKind::time_exceeded || packet.kind == ReplyKind::unreachable, "an error's kind");
  fuzz::require(error.quoted.source.family() == packet.ip.source.family(), "a quote is of its packet's family");
  fuzz::require(lies_within(quoted_payload(error), bytes), "the quoted payload is the packet's own");
  fuzz::require(error.mpls.size <= wire::MplsStack::kCapacity, "a label stack has its limit");
}

void decode(Bytes bytes) {
  const wire::DecodeResult result = wire::decode_packet(bytes);
  const auto* packet = std::get_if<wire::DecodedPacket>(&result);
  if (packet == nullptr) {
    const auto reason = std::get<InvalidReason>(result);
    fuzz::require(reason == InvalidReason::malformed || reason == InvalidReason::not_ours,
                  "a packet alone is malformed or not ours, nothing else");
    return;
  }
  fuzz::require(packet->ip.total_length <= bytes.size(), "a decoded packet is whole");
  fuzz::require(packet->ip.source.family() == packet->ip.destination.family(), "one family in one header");
  if (const auto* echo = std::get_if<wire::EchoReply>(&packet->message)) {
    fuzz::require(packet->kind == ReplyKind::echo_reply, "an echo reply's kind");
    fuzz::require(lies_within(echo->payload, bytes.first(packet->ip.total_length)), "the payload is the packet's own");
  } else if (const auto* tcp = std::get_if<wire::TcpReply>(&packet->message)) {
    fuzz::require(packet->kind == (tcp->rst ? ReplyKind::tcp_rst : ReplyKind::tcp_syn_ack), "a TCP answer's kind");
    fuzz::require(tcp->rst != (tcp->syn && tcp->ack), "a TCP answer is a SYN-ACK or a RST");
  } else {
    check_error(*packet, std::get<wire::IcmpError>(packet->message), bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  decode(bytes);
  support::Packet mended(bytes.begin(), bytes.end());
  fuzz::mend(mended);
  decode(mended);
  return 0;
}
