#pragma once
// SipHash-1-3 (Aumasson, Bernstein 2012) over whole words: what the hot path ties fields to a secret with. Fewer rounds
// than wire::siphash_2_4, which the keys themselves derive with: an answer shows a stranger a few truncated bits, never
// the hash. Pure functions; any thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "isthmus/model/address.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

struct HashKey {
  std::uint64_t first{0};
  std::uint64_t second{0};

  /// A key that derives from another one; equal inputs give equal keys.
  static HashKey derive(const wire::TagKey& key, std::uint64_t use) {
    return {key.tag64(wire::TagInput().add(use).add(std::uint64_t{0})),
            key.tag64(wire::TagInput().add(use).add(std::uint64_t{1}))};
  }
};

template <std::size_t N>
[[nodiscard]] constexpr std::uint64_t siphash_1_3(const HashKey& key, const std::array<std::uint64_t, N>& words) {
  // The constants spell "somepseudorandomlygeneratedbytes".
  std::uint64_t v0 = key.first ^ 0x736f6d6570736575ULL;
  std::uint64_t v1 = key.second ^ 0x646f72616e646f6dULL;
  std::uint64_t v2 = key.first ^ 0x6c7967656e657261ULL;
  std::uint64_t v3 = key.second ^ 0x7465646279746573ULL;
  const auto round = [&] {
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
  };
  const auto compress = [&](std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  };
  for (const std::uint64_t word : words) compress(word);
  compress(std::uint64_t{(8 * N) & 0xff} << 56);
  v2 ^= 0xff;
  for (int i = 0; i < 3; ++i) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

/// The hash of an address. IPv4 is one word and IPv6 two, so that no two addresses are the same message.
[[nodiscard]] constexpr std::uint64_t siphash_1_3(const HashKey& key, const IpAddress& address) {
  if (address.is_v4()) return siphash_1_3(key, std::array{std::uint64_t{address.v4_value()}});
  std::array<std::uint64_t, 2> words{};
  for (std::size_t i = 0; i < 16; ++i) words[i / 8] = words[i / 8] << 8 | address.bytes()[i];
  return siphash_1_3(key, words);
}

}  // namespace isthmus::probes
