#pragma once
// Traces and ping series as bytes, for memory that nobody reads until it is unpacked again. The bytes never leave the
// process: only what Packer wrote is unpacked. Equal facts give equal bytes, and different ones different bytes.
//
// Numbers are little-endian base 128, seven bits a byte, the highest bit telling that more follow: nearly all of them
// are small. Signed ones alternate between plus and minus (zigzag), so that small stays small.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::packing {

inline constexpr std::uint8_t kMore = 0x80;

// The first byte of an outcome: what it is, and for a reply which of its rarer members follow.
inline constexpr std::uint8_t kTimedOut = 0;
inline constexpr std::uint8_t kSendFailed = 1;
inline constexpr std::uint8_t kReply = 2;
inline constexpr std::uint8_t kKind = 0x03;
inline constexpr std::uint8_t kQuotedTtl = 0x04;
inline constexpr std::uint8_t kQuotedTos = 0x08;
inline constexpr std::uint8_t kMpls = 0x10;
inline constexpr std::uint8_t kWeak = 0x20;
inline constexpr std::uint8_t kRewritten = 0x40;
inline constexpr std::uint8_t kSameFrom = 0x80;  // As the reply before: several answers of one hop mostly are.

inline std::uint64_t ticks(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

/// Writes into memory of its thread, one at a time.
class Packer {
 public:
  Packer() : buffer_(scratch()), at_(buffer_.data()), end_(at_ + buffer_.size()) {}
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  /// What was written. Until the next one of this thread.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {buffer_.data(), at_}; }

  void number(std::uint64_t value) {
    make_room(kMostOfNumber);
    put_number(value);
  }
  void signed_number(std::int64_t value) {
    make_room(kMostOfNumber);
    put_signed(value);
  }
  void trace(const Trace& value);
  void series(const PingSeries& value);

 private:
  static constexpr std::size_t kMostOfNumber = 10;
  static constexpr std::size_t kMostOfAddress = 17;
  /// Without its labels.
  static constexpr std::size_t kMostOfOutcome = 64;

  static std::vector<std::uint8_t>& scratch() {
    thread_local std::vector<std::uint8_t> memory(4096);
    return memory;
  }
  void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) >= size) return;
    const std::size_t written = bytes().size();
    buffer_.resize(2 * (written + size));
    at_ = buffer_.data() + written;
    end_ = buffer_.data() + buffer_.size();
  }

  // What follows needs room that was made before.
  void byte(std::uint8_t value) { *at_++ = value; }
  void put_number(std::uint64_t value) {
    for (; value >= kMore; value >>= 7) byte(static_cast<std::uint8_t>(value) | kMore);
    byte(static_cast<std::uint8_t>(value));
  }
  void put_signed(std::int64_t value) {
    put_number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void put_address(const IpAddress& value) {
    byte(static_cast<std::uint8_t>(value.family()));
    const auto size = static_cast<std::size_t>(value.width()) / 8;
    std::memcpy(at_, value.bytes().data(), size);
    at_ += size;
  }

  void text(const std::string& value);
  void address(const IpAddress& value) {
    make_room(kMostOfAddress);
    put_address(value);
  }
  void outcome(const Outcome& value);
  void reply(const Reply& value);

  IpAddress from_{};  // Of the reply before.
  std::vector<std::uint8_t>& buffer_;
  std::uint8_t* at_;
  std::uint8_t* end_;
};

/// Overwrites what it unpacks into, in the memory that it has.
class Unpacker {
 public:
  explicit Unpacker(const std::uint8_t* at) : at_(at) {}

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
  void trace(Trace& into);
  void series(PingSeries& into);

 private:
  std::uint8_t byte() { return *at_++; }
  Timestamp time() { return Timestamp(Duration(signed_number())); }
  void text(std::string& into);
  void address(IpAddress& into);
  void outcome(Outcome& into);
  void reply(std::uint8_t first, Reply& into);

  IpAddress from_{};  // Of the reply before.
  const std::uint8_t* at_;
};

}  // namespace isthmus::packing
