#pragma once
// Internet addresses, prefixes, blocks and AS numbers as value types. Immutable, cheap to copy; any thread.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"

namespace isthmus {

enum class Family : std::uint8_t { ipv4 = 4, ipv6 = 6 };

/// An AS number (RFC 6793, 32 bits). 0 is reserved (RFC 7607) and here means "none".
struct Asn {
  std::uint32_t number{0};
  [[nodiscard]] constexpr bool is_none() const { return number == 0; }
  friend constexpr auto operator<=>(const Asn&, const Asn&) = default;
};

/// Plain decimal (RFC 5396 asplain) without a prefix: "131279".
[[nodiscard]] std::string to_string(Asn asn);

/// An IPv4 or IPv6 address. Default: 0.0.0.0. Ordered by family, then numerically.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  /// From host byte order, 0xC0000201 is 192.0.2.1.
  static constexpr IpAddress v4(std::uint32_t host_order) {
    IpAddress a;
    // Two words instead of sixteen bytes: bytes stored one by one and copied as one vector stall the processor.
    const std::uint64_t first = in_network_order(host_order);
    a.bytes_ = std::bit_cast<std::array<std::uint8_t, 16>>(std::array<std::uint64_t, 2>{first, 0});
    return a;
  }
  static constexpr IpAddress v6(const std::array<std::uint8_t, 16>& network_order) {
    IpAddress a;
    a.family_ = Family::ipv6;
    a.bytes_ = network_order;
    return a;
  }
  /// Dotted quad or RFC 4291 text; no zone, no port, no leading zeros in a quad.
  static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] constexpr Family family() const { return family_; }
  [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::ipv4; }
  /// IPv4 only: host byte order.
  [[nodiscard]] constexpr std::uint32_t v4_value() const {
    return (std::uint32_t{bytes_[0]} << 24) | (std::uint32_t{bytes_[1]} << 16) | (std::uint32_t{bytes_[2]} << 8) |
           std::uint32_t{bytes_[3]};
  }
  /// Network byte order; for IPv4 the first four bytes count, the rest is zero.
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// 32 or 128.
  [[nodiscard]] constexpr int width() const { return is_v4() ? 32 : 128; }

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
  // By words: it is asked several times for each packet, and byte by byte it would be a call of memcmp.
  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) {
    using Words = std::array<std::uint64_t, 2>;
    const auto left = std::bit_cast<Words>(a.bytes_);
    const auto right = std::bit_cast<Words>(b.bytes_);
    return a.family_ == b.family_ && ((left[0] ^ right[0]) | (left[1] ^ right[1])) == 0;
  }

 private:
  /// The word whose first four bytes in memory are the number, most significant one first; the others are zero.
  static constexpr std::uint64_t in_network_order(std::uint32_t number) {
    if constexpr (std::endian::native == std::endian::big) return std::uint64_t{number} << 32;
    return ((number & 0xffU) << 24) | ((number & 0xff00U) << 8) | ((number >> 8) & 0xff00U) | (number >> 24);
  }

  Family family_{Family::ipv4};
  std::array<std::uint8_t, 16> bytes_{};
};

/// RFC 5952 text for IPv6, dotted quad for IPv4.
[[nodiscard]] std::string to_string(const IpAddress& address);

/// An address range in CIDR form; host bits are zero by construction.
class Prefix {
 public:
  constexpr Prefix() = default;  ///< 0.0.0.0/0
  /// Cuts the host bits off. Precondition: 0 <= length <= address.width().
  Prefix(const IpAddress& address, int length);
  /// "175.45.176.0/22" or "2001:db8::/32". Set host bits are an error that names the prefix that was meant.
  static Result<Prefix> parse(std::string_view text);

  [[nodiscard]] const IpAddress& address() const { return address_; }
  [[nodiscard]] int length() const { return length_; }
  [[nodiscard]] Family family() const { return address_.family(); }
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] bool contains(const Prefix& other) const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress address_;
  int length_{0};
};

[[nodiscard]] std::string to_string(const Prefix& prefix);

/// The unit of inference: a /24 (IPv4) or /48 (IPv6) of a target.
struct Block {
  Prefix prefix;
  static Block of(const IpAddress& address);
  friend auto operator<=>(const Block&, const Block&) = default;
};

[[nodiscard]] std::string to_string(const Block& block);

/// The blocks that a prefix covers, ascending; a prefix longer than a block yields the block around it.
/// Fails (invalid_argument) when there would be more than `limit`: a target must not silently become millions of
/// series.
[[nodiscard]] Result<std::vector<Block>> blocks_of(const Prefix& prefix, std::size_t limit = 65536);

}  // namespace isthmus

template <>
struct std::hash<isthmus::IpAddress> {
  std::size_t operator()(const isthmus::IpAddress& address) const noexcept;
};
template <>
struct std::hash<isthmus::Asn> {
  std::size_t operator()(const isthmus::Asn& asn) const noexcept { return std::hash<std::uint32_t>{}(asn.number); }
};
template <>
struct std::hash<isthmus::Prefix> {
  std::size_t operator()(const isthmus::Prefix& prefix) const noexcept {
    return std::hash<isthmus::IpAddress>{}(prefix.address()) * 131 + static_cast<std::size_t>(prefix.length());
  }
};
template <>
struct std::hash<isthmus::Block> {
  std::size_t operator()(const isthmus::Block& block) const noexcept {
    return std::hash<isthmus::Prefix>{}(block.prefix);
  }
};
