#pragma once
// Keyed tags: what makes a reply provably ours. SipHash (Aumasson, Bernstein 2012) under a key that is fresh at each
// start, so that a stranger who never saw a probe cannot make up its reply. SipHash-2-4 takes bytes and derives keys;
// SipHash-1-3 takes words of a length known to the compiler, for what is done once a packet. Value types; any thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>

#include "isthmus/model/address.hpp"

namespace isthmus::wire {

using SipHashKey = std::array<std::byte, 16>;

[[nodiscard]] std::uint64_t siphash_2_4(const SipHashKey& key, std::span<const std::byte> message);

/// The key as the algorithm reads it: two little-endian words.
struct SipKey {
  std::uint64_t k0{0};
  std::uint64_t k1{0};
};

/// The state of SipHash; section 2.1 of the paper.
class SipState {
 public:
  // The constants spell "somepseudorandomlygeneratedbytes".
  explicit constexpr SipState(const SipKey& key)
      : v0_(key.k0 ^ 0x736f6d6570736575ULL),
        v1_(key.k1 ^ 0x646f72616e646f6dULL),
        v2_(key.k0 ^ 0x6c7967656e657261ULL),
        v3_(key.k1 ^ 0x7465646279746573ULL) {}

  template <int rounds>
  constexpr void compress(std::uint64_t word) {
    v3_ ^= word;
    repeat(std::make_integer_sequence<int, rounds>());
    v0_ ^= word;
  }
  template <int rounds>
  [[nodiscard]] constexpr std::uint64_t finish() {
    v2_ ^= 0xff;
    repeat(std::make_integer_sequence<int, rounds>());
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  // Written out, as words are below: compilers keep so short a loop at -O2, and its state and message in memory.
  template <int... each>
  constexpr void repeat(std::integer_sequence<int, each...>) {
    ((static_cast<void>(each), round()), ...);
  }
  constexpr void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }
  std::uint64_t v0_, v1_, v2_, v3_;
};

/// SipHash-1-3 of whole little-endian words and the lowest `tail_bytes` bytes of `tail`, whose others are 0.
/// Precondition: tail_bytes < 8.
template <std::size_t words>
[[nodiscard]] constexpr std::uint64_t siphash_1_3(const SipKey& key, const std::array<std::uint64_t, words>& message,
                                                  std::uint64_t tail, std::size_t tail_bytes) {
  SipState state(key);
  std::apply([&](auto... word) { (state.compress<1>(word), ...); }, message);
  state.compress<1>(tail | std::uint64_t{(words * 8 + tail_bytes) & 0xff} << 56);
  return state.finish<3>();
}

/// SipHash-1-3 without the word that ends a message, a round less: for a key all of whose messages have so many words,
/// so that there is no shorter one to be told apart from.
template <std::size_t words>
[[nodiscard]] constexpr std::uint64_t siphash_1_3_fixed(const SipKey& key,
                                                        const std::array<std::uint64_t, words>& message) {
  SipState state(key);
  std::apply([&](auto... word) { (state.compress<1>(word), ...); }, message);
  return state.finish<3>();
}

/// Random bytes from which every key of one start derives; the caller reads them from the system.
using KeySeed = std::array<std::byte, 32>;

/// The fields a tag covers, in order and with their widths: two different lists never give the same bytes as long as
/// one purpose always uses one shape.
class TagInput {
 public:
  TagInput& add(const IpAddress& address);
  TagInput& add(std::uint64_t value);
  [[nodiscard]] std::span<const std::byte> bytes() const { return {buffer_.data(), size_}; }

 private:
  void append(std::byte b) { buffer_.at(size_++) = b; }
  std::array<std::byte, 80> buffer_{};
  std::size_t size_{0};
};

/// A key for one purpose.
class TagKey {
 public:
  /// What the key is for; keys of different purposes are unrelated although they share a seed.
  enum class Purpose : std::uint8_t { ping, discovery, traceroute, traceroute_flow, order };

  TagKey(const KeySeed& seed, Purpose purpose);

  [[nodiscard]] std::uint64_t tag64(const TagInput& input) const { return siphash_2_4(key_, input.bytes()); }
  /// 16 bits of the tag that are never 0, because a field of 0 often means "absent" (RFC 768 checksum, IP-ID filled
  /// in by the kernel): 0 becomes 0xffff.
  [[nodiscard]] std::uint16_t tag16(const TagInput& input) const;
  /// A key of its own for each input, for the fast path.
  [[nodiscard]] SipKey derive(const TagInput& input) const;

 private:
  SipHashKey key_;
};

}  // namespace isthmus::wire
