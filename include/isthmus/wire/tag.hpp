#pragma once
// Keyed tags: what makes a reply provably ours. SipHash-2-4 (Aumasson, Bernstein 2012) under a key that is fresh at
// each start, so that a stranger who never saw a probe cannot make up its reply. Value types; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "isthmus/model/address.hpp"

namespace isthmus::wire {

using SipHashKey = std::array<std::byte, 16>;

[[nodiscard]] std::uint64_t siphash_2_4(const SipHashKey& key, std::span<const std::byte> message);

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

 private:
  SipHashKey key_;
};

}  // namespace isthmus::wire
