// The packet decoder: raw bytes as a socket delivers them, once as they are and once with the length and the ICMP
// checksum made right, which no fuzzer would guess.

#include <vector>

#include "fuzz/fuzz_target.hpp"
#include "isthmus/wire/decode.hpp"
#include "support/path_simulator.hpp"

namespace {

using namespace isthmus;

constexpr std::size_t kIpAndIcmpHeader = 28;
constexpr std::size_t kMaxPacket = 65535;

bool lies_within(std::span<const std::byte> inner, std::span<const std::byte> outer) {
  return inner.empty() || (inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size());
}

bool decode(std::span<const std::byte> bytes) {
  const wire::DecodeResult result = wire::decode_packet(bytes);
  const auto* packet = std::get_if<wire::DecodedPacket>(&result);
  if (packet == nullptr) {
    const auto reason = std::get<InvalidReason>(result);
    fuzz::require(reason == InvalidReason::malformed || reason == InvalidReason::not_ours,
                  "a packet alone is malformed or not ours, nothing else");
    return false;
  }
  fuzz::require(packet->ip.total_length <= bytes.size(), "a decoded packet is whole");
  const auto* echo = std::get_if<wire::EchoReply>(&packet->message);
  fuzz::require((echo != nullptr) == (packet->kind == ReplyKind::echo_reply), "the kind names the message");
  if (echo != nullptr) {
    fuzz::require(lies_within(echo->payload, bytes.first(packet->ip.total_length)), "the payload is the packet's own");
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes = std::as_bytes(std::span(data, size));
  decode(bytes);
  if (size < kIpAndIcmpHeader || size > kMaxPacket || data[0] != 0x45) return 0;
  support::Packet mended(bytes.begin(), bytes.end());
  support::put_number(mended, 2, static_cast<std::uint32_t>(size), 2);
  support::fix_icmp_checksum(mended);
  decode(mended);
  return 0;
}
