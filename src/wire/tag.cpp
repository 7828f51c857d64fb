#include "isthmus/wire/tag.hpp"

#include <algorithm>
#include <bit>

namespace isthmus::wire {
namespace {

std::uint64_t load_little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void compress(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t siphash_2_4(const SipHashKey& key, std::span<const std::byte> message) {
  const std::uint64_t k0 = load_little_endian(std::span(key).first<8>());
  const std::uint64_t k1 = load_little_endian(std::span(key).last<8>());
  // The constants spell "somepseudorandomlygeneratedbytes".
  SipState state{k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL,
                 k1 ^ 0x7465646279746573ULL};
  std::span<const std::byte> rest = message;
  for (; rest.size() >= 8; rest = rest.subspan(8)) state.compress(load_little_endian(rest.first(8)));
  state.compress(load_little_endian(rest) | (std::uint64_t{message.size() & 0xff} << 56));
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
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

}  // namespace isthmus::wire
