#pragma once
// Bytes in pieces, looked at in stretches of one's own choice. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ip2as/byte_source.hpp"

namespace isthmus::ip2as {

class ByteWindow {
 public:
  /// `bytes` outlives the window.
  explicit ByteWindow(ByteSource& bytes) : bytes_(bytes) {}

  /// The next `size` bytes, or as many as there are. Copied only where they lie across two pieces. Valid until the next
  /// call.
  [[nodiscard]] std::string_view peek(std::size_t size);

  /// Passes over `size` bytes; false when there were fewer.
  bool skip(std::uint64_t size);

  /// Of the next byte.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  ByteSource& bytes_;
  std::string carried_;    // Before rest_.
  std::string_view rest_;  // Of the piece at hand.
  std::uint64_t offset_{0};
};

/// Big-endian numbers one after the other; once one lies beyond the end, all do, and they are 0.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  std::uint8_t u8() { return take(1) ? at_[-1] : std::uint8_t{0}; }
  std::uint16_t u16() { return take(2) ? static_cast<std::uint16_t>(at_[-2] << 8 | at_[-1]) : std::uint16_t{0}; }
  std::uint32_t u32() {
    if (!take(4)) return 0;
    return (std::uint32_t{at_[-4]} << 24) | (std::uint32_t{at_[-3]} << 16) | (std::uint32_t{at_[-2]} << 8) | at_[-1];
  }
  std::string_view bytes(std::size_t size) {
    return take(size) ? std::string_view(reinterpret_cast<const char*>(at_) - size, size) : std::string_view{};
  }

 private:
  bool take(std::size_t size) {
    if (!good_ || left() < size) {
      good_ = false;
      return false;
    }
    at_ += size;
    return true;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool good_{true};
};

}  // namespace isthmus::ip2as
