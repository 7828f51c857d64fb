#include "formats/warts_input.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "formats/record.hpp"

namespace isthmus::formats {
namespace {

constexpr std::uint8_t kIpv4 = 1;
constexpr std::uint8_t kIpv6 = 2;
constexpr std::uint8_t kFirewire = 4;  // The last one that there is.

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace

std::optional<IpAddress> warts_address(std::uint8_t type, std::string_view bytes) {
  if (type == kIpv4 && bytes.size() == 4) return IpAddress::v4(number_at(bytes, 0, 4));
  if (type == kIpv6 && bytes.size() == 16) {
    std::array<std::uint8_t, 16> address{};
    std::ranges::transform(bytes, address.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return without_mapping(IpAddress::v6(address));
  }
  const bool is_other = type > kIpv6 && type <= kFirewire && !bytes.empty();
  return is_other ? std::optional(IpAddress{}) : std::nullopt;
}

bool WartsInput::can_take(std::size_t size) {
  ok_ = ok_ && bytes_.size() - at_ >= size;
  return ok_;
}

std::uint8_t WartsInput::u8() { return can_take(1) ? static_cast<std::uint8_t>(bytes_[at_++]) : std::uint8_t{0}; }

std::uint16_t WartsInput::u16() {
  if (!can_take(2)) return 0;
  at_ += 2;
  return static_cast<std::uint16_t>(number_at(bytes_, at_ - 2, 2));
}

std::uint32_t WartsInput::u32() {
  if (!can_take(4)) return 0;
  at_ += 4;
  return number_at(bytes_, at_ - 4, 4);
}

std::string_view WartsInput::bytes(std::size_t size) {
  if (!can_take(size)) return {};
  at_ += size;
  return bytes_.substr(at_ - size, size);
}

std::string_view WartsInput::string() {
  const std::size_t end = bytes_.find('\0', at_);
  if (end == std::string_view::npos) fail();
  if (!ok_) return {};
  const std::string_view text = bytes(end - at_);
  ++at_;
  return text;
}

Timestamp WartsInput::time() {
  const std::chrono::seconds seconds(u32());
  const std::chrono::microseconds part(u32());
  if (part >= std::chrono::seconds(1)) fail();
  return Timestamp(seconds + part);
}

Duration WartsInput::round_trip() {
  const std::chrono::microseconds duration(u32());
  if (duration > kLongestRoundTrip) fail();
  return ok_ ? duration : Duration{};
}

IpAddress WartsInput::address() {
  const std::size_t size = u8();
  if (size == 0) {
    const std::uint32_t number = u32();
    if (number >= addresses_.size()) fail();
    return ok_ ? addresses_[number] : IpAddress{};
  }
  const std::uint8_t type = u8();
  const auto address = warts_address(type, bytes(size));
  if (!address) fail();
  if (ok_) addresses_.push_back(*address);
  return address.value_or(IpAddress{});
}

void WartsInput::icmp_extensions(std::vector<MplsLabel>& labels) {
  constexpr std::uint16_t kClassAndType = 0x0101;  // MPLS label stack, incoming (RFC 4950 section 7).
  std::size_t left = u16();
  while (ok_ && left >= 4) {
    const std::size_t length = u16();
    const bool is_stack = u16() == kClassAndType;
    const std::string_view object = bytes(length);
    left -= std::min(left, length + 4);
    const std::string_view data = is_stack ? object : std::string_view();
    for (std::size_t at = 0; at + 4 <= data.size(); at += 4) {
      const std::uint32_t entry = number_at(data, at, 4);
      labels.push_back({.label = entry >> 12,
                        .experimental = static_cast<std::uint8_t>(entry >> 9 & 7),
                        .bottom = (entry >> 8 & 1) != 0,
                        .ttl = static_cast<Ttl>(entry & 0xFF)});
    }
  }
  if (left != 0) fail();
}

}  // namespace isthmus::formats
