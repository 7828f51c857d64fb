#include "isthmus/wire/tag.hpp"

#include <algorithm>

namespace isthmus::wire {
namespace {

std::uint64_t load_little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace

std::uint64_t siphash_2_4(const SipHashKey& key, std::span<const std::byte> message) {
  SipState state({load_little_endian(std::span(key).first<8>()), load_little_endian(std::span(key).last<8>())});
  std::span<const std::byte> rest = message;
  for (; rest.size() >= 8; rest = rest.subspan(8)) state.compress<2>(load_little_endian(rest.first(8)));
  state.compress<2>(load_little_endian(rest) | (std::uint64_t{message.size() & 0xff} << 56));
  return state.finish<4>();
}

TagInput& TagInput::add(const IpAddress& address) {
  append(static_cast<std::byte>(address.family()));
  const std::size_t size = address.is_v4() ? 4 : 16;
  for (std::size_t i = 0; i < size; ++i) append(static_cast<std::byte>(address.bytes()[i]));
  return *this;
}

TagInput& TagInput::add(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) append(static_cast<std::byte>(value >> (8 * i)));
  return *this;
}

TagKey::TagKey(const KeySeed& seed, Purpose purpose) {
  // One half of the seed is the key that derives, the other half and the purpose are what is hashed.
  SipHashKey parent;
  std::copy_n(seed.begin(), parent.size(), parent.begin());
  std::array<std::byte, 18> message{};
  std::copy_n(seed.begin() + 16, 16, message.begin());
  message[16] = static_cast<std::byte>(purpose);
  for (std::size_t half = 0; half < 2; ++half) {
    message[17] = static_cast<std::byte>(half);
    const std::uint64_t word = siphash_2_4(parent, message);
    for (std::size_t i = 0; i < 8; ++i) key_[half * 8 + i] = static_cast<std::byte>(word >> (8 * i));
  }
}

std::uint16_t TagKey::tag16(const TagInput& input) const {
  const auto tag = static_cast<std::uint16_t>(tag64(input) >> 48);
  return tag == 0 ? std::uint16_t{0xffff} : tag;
}

SipKey TagKey::derive(const TagInput& input) const {
  TagInput first = input;
  TagInput second = input;
  return {tag64(first.add(std::uint64_t{0})), tag64(second.add(std::uint64_t{1}))};
}

}  // namespace isthmus::wire
