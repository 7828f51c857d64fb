#include "fuzz/program.hpp"

#include <array>

#include "fuzz/mend.hpp"

namespace isthmus::fuzz {
namespace {

using support::Packet;
using support::put_number;
using support::SeenPacket;

enum Kind : std::uint8_t { answer, expired, closed, prohibited, no_host, too_big, labelled, no_route };

struct TypeAndCode {
  std::uint8_t type, code;
};
// RFC 792 and RFC 4443, by kind; what has no error of its own is a closed port.
constexpr std::array<TypeAndCode, 8> kV4{{{3, 3}, {11, 0}, {3, 3}, {3, 13}, {3, 1}, {3, 4}, {11, 0}, {3, 0}}};
constexpr std::array<TypeAndCode, 8> kV6{{{1, 4}, {3, 0}, {1, 4}, {1, 1}, {1, 3}, {2, 0}, {3, 0}, {1, 0}}};

IpAddress sender(const SeenPacket& probe, std::uint8_t number) {
  if (number == 0) return probe.destination;
  if (probe.destination.is_v4()) return IpAddress::v4(0xC0000200U + number);
  std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8, 0xff};
  bytes.back() = number;
  return IpAddress::v6(bytes);
}

// RFC 4884 and RFC 4950: 128 bytes of quote, then a structure with one label. Its checksum is for mend() to write.
void add_label(Packet& quote) {
  quote.resize(128);
  quote.resize(128 + 12);
  put_number(quote, 128, 0x20000000, 4);
  put_number(quote, 132, 0x00080101, 4);
  put_number(quote, 136, 0x12345b01, 4);
}

Packet error_about(const SeenPacket& probe, Kind kind, std::uint8_t shape, std::uint8_t from, std::uint8_t left) {
  const bool v4 = probe.destination.is_v4();
  Packet quote = probe.bytes;
  put_number(quote, v4 ? 8 : 7, left, 1);
  if ((shape & 0x08) != 0) quote.resize(probe.header + 8);
  if ((shape & 0x10) != 0) quote.resize(from % (probe.header + 8));
  if (kind == labelled) add_label(quote);
  const TypeAndCode as = (v4 ? kV4 : kV6)[kind];
  Packet packet = support::make_icmp_error(sender(probe, from), probe.source, as.type, as.code, quote);
  // The length of the quote, in words of four bytes in ICMP and of eight in ICMPv6.
  if (kind == labelled) put_number(packet, probe.header + (v4 ? 5 : 4), v4 ? 32 : 16, 1);
  return packet;
}

Packet true_answer(const SeenPacket& probe, std::uint8_t shape, std::uint8_t from, std::uint8_t left) {
  const auto kind = static_cast<Kind>(shape & 7);
  if (probe.protocol == support::kTcp && (kind == answer || kind == no_host)) {
    return support::make_tcp_answer(probe.bytes, kind == answer);
  }
  const bool is_echo = probe.protocol == support::kIcmp || probe.protocol == support::kIcmpV6;
  if (is_echo && kind == answer) return support::make_echo_reply(probe.bytes);
  return error_about(probe, kind, shape, from, left);
}

}  // namespace

Packet forge_answer(const SeenPacket& probe, Input& input) {
  const std::uint8_t shape = input.number();
  const std::uint8_t from = input.number();
  const std::uint8_t left = input.number();
  Packet packet = true_answer(probe, shape, from, left);
  for (int flips = shape >> 6; flips > 0; --flips) {
    std::byte& flipped = packet[input.number() % packet.size()];
    flipped ^= static_cast<std::byte>(input.number());
  }
  if ((shape & 0x20) == 0) mend(packet);
  return packet;
}

void flip_bytes(std::vector<std::byte>& bytes, Input& input, int most) {
  for (int flips = std::min<int>(input.number(), most); flips > 0 && !bytes.empty(); --flips) {
    const std::size_t place = std::size_t{input.number()} << 8 | input.number();
    bytes[place % bytes.size()] ^= static_cast<std::byte>(input.number());
  }
}

}  // namespace isthmus::fuzz
