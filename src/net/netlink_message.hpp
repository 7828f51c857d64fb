#pragma once
// Writing and reading rtnetlink messages: a header, a fixed part, attributes. Pure.

#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::net {

/// One request under construction.
template <typename Fixed>
class NetlinkRequest {
 public:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Fixed& fixed) {
    header_.nlmsg_type = type;
    header_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    append(&header_, sizeof(header_));
    append(&fixed, sizeof(fixed));
  }
  void add(std::uint16_t type, const IpAddress& address) {
    add(type, address.bytes().data(), address.is_v4() ? 4 : 16);
  }
  void add(std::uint16_t type, std::uint32_t value) { add(type, &value, sizeof(value)); }

  [[nodiscard]] std::span<const std::byte> finish(std::uint32_t sequence) {
    header_.nlmsg_seq = sequence;
    header_.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &header_, sizeof(header_));
    return bytes_;
  }

 private:
  void add(std::uint16_t type, const void* data, std::size_t size) {
    const rtattr attribute{static_cast<unsigned short>(RTA_LENGTH(size)), type};
    append(&attribute, sizeof(attribute));
    append(data, size);
  }
  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
    bytes_.resize((bytes_.size() + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO);
  }

  nlmsghdr header_{};
  std::vector<std::byte> bytes_;
};

/// The fixed part; nothing when the message is too short to have it.
template <typename Fixed>
std::optional<Fixed> fixed_part(const nlmsghdr& message) {
  if (message.nlmsg_len < NLMSG_LENGTH(sizeof(Fixed))) return std::nullopt;
  Fixed fixed;
  std::memcpy(&fixed, reinterpret_cast<const std::byte*>(&message) + NLMSG_HDRLEN, sizeof(fixed));
  return fixed;
}

/// Calls `on_attribute` with type and bytes of each attribute behind a fixed part of `fixed_size`.
template <typename OnAttribute>
void for_each_attribute(const nlmsghdr& message, std::size_t fixed_size, OnAttribute on_attribute) {
  const auto* const begin = reinterpret_cast<const std::byte*>(&message);
  std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(fixed_size);
  while (at + sizeof(rtattr) <= message.nlmsg_len) {
    rtattr attribute;
    std::memcpy(&attribute, begin + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(rtattr) || at + attribute.rta_len > message.nlmsg_len) return;
    on_attribute(static_cast<std::uint16_t>(attribute.rta_type & NLA_TYPE_MASK),
                 std::span(begin + at + sizeof(rtattr), attribute.rta_len - sizeof(rtattr)));
    at += RTA_ALIGN(attribute.rta_len);
  }
}

[[nodiscard]] inline std::uint32_t attribute_number(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(value)));
  return value;
}

/// Nothing when it is as long as no address.
[[nodiscard]] inline std::optional<IpAddress> attribute_address(std::span<const std::byte> bytes) {
  std::array<std::uint8_t, 16> raw{};
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  std::memcpy(raw.data(), bytes.data(), bytes.size());
  if (bytes.size() == 16) return IpAddress::v6(raw);
  return IpAddress::v4((std::uint32_t{raw[0]} << 24) | (std::uint32_t{raw[1]} << 16) | (std::uint32_t{raw[2]} << 8) |
                       std::uint32_t{raw[3]});
}

}  // namespace isthmus::net
