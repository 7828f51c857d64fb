#pragma once
// Takes the fields of scamper's warts format, version 0, off the bytes of one record. What each looks like: warts(5),
// "Flags and parameters", "Addresses", "Embedding other types". Never reads outside the record: beyond its end every
// field is 0 and ok() false for good. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Addresses that a record or a file has defined, by their number; 0.0.0.0 for those that are not of the internet.
using WartsAddresses = std::vector<IpAddress>;

/// From its type and bytes; nothing when these do not fit.
[[nodiscard]] std::optional<IpAddress> warts_address(std::uint8_t type, std::string_view bytes);

class WartsInput {
 public:
  WartsInput(std::string_view bytes, WartsAddresses& addresses) : bytes_(bytes), addresses_(addresses) {
    addresses_.clear();
  }

  [[nodiscard]] bool ok() const { return ok_; }
  void fail() { ok_ = false; }

  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::string_view bytes(std::size_t size);
  /// Up to and without the zero byte that ends it.
  std::string_view string();
  /// Seconds and microseconds since 1970.
  Timestamp time();
  /// In microseconds; fails beyond kLongestRoundTrip.
  Duration round_trip();
  /// An address that is defined here, or named by the number of one that was defined before in this record.
  IpAddress address();
  /// Of RFC 4884, of which the label stacks are kept (RFC 4950), appended.
  void icmp_extensions(std::vector<MplsLabel>& labels);

  /// Flag bytes, and the parameters that they announce. Calls take(flag), from 1, for each flag that is set, in
  /// ascending order; it takes that parameter and returns true, or returns false to leave this and the rest.
  template <typename Take>
  void parameters(Take&& take) {
    const std::size_t flags = at_;
    std::size_t count = 1;
    while ((u8() & 0x80) != 0) ++count;
    if (!ok_ || (count == 1 && bytes_[flags] == 0)) return;
    const std::size_t size = u16();
    const std::size_t end = at_ + size;
    if (!ok_ || end > bytes_.size()) return fail();
    for (std::size_t bit = 0; bit < 7 * count && ok_; ++bit) {
      const auto byte = static_cast<unsigned char>(bytes_[flags + bit / 7]);
      if ((byte >> (bit % 7) & 1) != 0 && !take(static_cast<int>(bit) + 1)) break;
    }
    if (at_ > end) fail();
    at_ = end;
  }

 private:
  [[nodiscard]] bool can_take(std::size_t size);

  std::string_view bytes_;
  WartsAddresses& addresses_;
  std::size_t at_{0};
  bool ok_{true};
};

}  // namespace isthmus::formats
