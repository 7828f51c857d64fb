#include "fuzz/mend.hpp"

namespace isthmus::fuzz {
namespace {

using support::number_at;
using support::Packet;
using support::put_number;

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sum += std::to_integer<std::uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  return sum;
}

// The checksum of `size` bytes at `begin`, written at `field`; `more` is added (a pseudo header).
void put_checksum(Packet& packet, std::size_t begin, std::size_t size, std::size_t field, std::uint64_t more) {
  put_number(packet, field, 0, 2);
  std::uint64_t sum = more + sum_of(std::span(packet).subspan(begin, size));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  put_number(packet, field, static_cast<std::uint32_t>(~sum & 0xffff), 2);
}

struct Upper {
  std::size_t begin{0};
  std::size_t protocol{0};
  std::uint64_t pseudo{0};
};

Upper mend_v4(Packet& packet) {
  const std::size_t header = 4 * (number_at(packet, 0, 1) & 0x0f);
  if (header < 20 || header > packet.size()) return {packet.size(), 0, 0};
  put_number(packet, 2, static_cast<std::uint32_t>(packet.size()), 2);
  put_checksum(packet, 0, header, 10, 0);
  const std::size_t protocol = number_at(packet, 9, 1);
  return {header, protocol, sum_of(std::span(packet).subspan(12, 8)) + protocol + packet.size() - header};
}

Upper mend_v6(Packet& packet) {
  if (packet.size() < 40) return {packet.size(), 0, 0};
  put_number(packet, 4, static_cast<std::uint32_t>(packet.size() - 40), 2);
  std::size_t begin = 40;
  std::size_t protocol = number_at(packet, 6, 1);
  while ((protocol == 0 || protocol == 43 || protocol == 44 || protocol == 60) && begin + 8 <= packet.size()) {
    const std::size_t length = protocol == 44 ? 8 : 8 * (number_at(packet, begin + 1, 1) + 1);
    if (begin + length > packet.size()) break;
    protocol = number_at(packet, begin, 1);
    begin += length;
  }
  return {begin, protocol, sum_of(std::span(packet).subspan(8, 32)) + protocol + packet.size() - begin};
}

void mend_extensions(Packet& packet, std::size_t body, std::size_t announced) {
  const std::size_t at = body + (announced >= 128 && body + announced <= packet.size() ? announced : 128);
  if (at + 4 > packet.size() || number_at(packet, at, 1) >> 4 != 2) return;
  put_checksum(packet, at, packet.size() - at, at + 2, 0);
}

}  // namespace

void mend(Packet& packet) {
  if (packet.size() < 20 || packet.size() > 65535) return;
  const std::size_t version = number_at(packet, 0, 1) >> 4;
  if (version != 4 && version != 6) return;
  const Upper upper = version == 4 ? mend_v4(packet) : mend_v6(packet);
  const std::size_t size = packet.size() - upper.begin;
  if (size >= 8 && (upper.protocol == 1 || upper.protocol == 58)) {
    const bool v4 = upper.protocol == 1;
    mend_extensions(packet, upper.begin + 8, number_at(packet, upper.begin + (v4 ? 5 : 4), 1) * (v4 ? 4 : 8));
    put_checksum(packet, upper.begin, size, upper.begin + 2, v4 ? 0 : upper.pseudo);
  } else if (size >= 20 && upper.protocol == 6) {
    put_checksum(packet, upper.begin, size, upper.begin + 16, upper.pseudo);
  }
}

}  // namespace isthmus::fuzz
