#include "formats/warts_output.hpp"

#include <algorithm>

#include "formats/record.hpp"

namespace isthmus::formats {
namespace {

constexpr int kFlagsInByte = 7;
// Parameters have a length of 16 bits; nobody gives names or stacks of labels that come near it.
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kMostLabels = 256;

}  // namespace

WartsFields& WartsFields::u8(std::uint8_t number) {
  bytes_ += static_cast<char>(number);
  return *this;
}

WartsFields& WartsFields::u16(std::uint16_t number) {
  return u8(static_cast<std::uint8_t>(number >> 8)).u8(static_cast<std::uint8_t>(number & 0xFF));
}

WartsFields& WartsFields::u32(std::uint32_t number) {
  return u16(static_cast<std::uint16_t>(number >> 16)).u16(static_cast<std::uint16_t>(number & 0xFFFF));
}

WartsFields& WartsFields::append(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

WartsFields& WartsFields::string(std::string_view text) {
  return append(text.substr(0, std::min(text.find('\0'), kLongestText))).u8(0);
}

WartsFields& WartsFields::time(Timestamp time) {
  const Duration since = std::max(time.time_since_epoch(), Duration{});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto part = std::chrono::floor<std::chrono::microseconds>(since - seconds);
  return u32(static_cast<std::uint32_t>(seconds.count())).u32(static_cast<std::uint32_t>(part.count()));
}

WartsFields& WartsFields::round_trip(Duration duration) {
  const Duration sane = std::clamp(duration, Duration{}, kLongestRoundTrip);
  return u32(static_cast<std::uint32_t>(std::chrono::round<std::chrono::microseconds>(sane).count()));
}

WartsFields& WartsFields::address(const IpAddress& address, WartsDefined& defined) {
  const auto [known, is_new] = defined.try_emplace(address, static_cast<std::uint32_t>(defined.size()));
  if (!is_new) return u8(0).u32(known->second);
  const std::size_t size = address.is_v4() ? 4 : 16;
  u8(static_cast<std::uint8_t>(size)).u8(address.is_v4() ? 1 : 2);
  return append({reinterpret_cast<const char*>(address.bytes().data()), size});
}

// One extension of class 1 and type 1 (RFC 4950), in a list of such.
WartsFields& WartsFields::label_stack(std::span<const MplsLabel> labels) {
  labels = labels.first(std::min(labels.size(), kMostLabels));
  const auto size = static_cast<std::uint16_t>(4 * labels.size());
  u16(static_cast<std::uint16_t>(size + 4)).u16(size).u8(1).u8(1);
  for (const MplsLabel& label : labels) {
    u32(label.label << 12 | std::uint32_t{label.experimental} << 9 | (label.bottom ? 1U << 8 : 0U) | label.ttl);
  }
  return *this;
}

WartsFields& WartsParameters::field(int flag) {
  flags_[static_cast<std::size_t>((flag - 1) / kFlagsInByte)] |=
      static_cast<std::uint8_t>(1 << (flag - 1) % kFlagsInByte);
  last_ = flag;
  return parameters_;
}

void WartsParameters::append_to(WartsFields& out) const {
  const auto count = static_cast<std::size_t>(std::max(last_ + kFlagsInByte - 1, kFlagsInByte) / kFlagsInByte);
  for (std::size_t i = 0; i < count; ++i) out.u8(i + 1 < count ? flags_[i] | 0x80 : flags_[i]);
  if (last_ == 0) return;
  out.u16(static_cast<std::uint16_t>(parameters_.bytes().size())).append(parameters_.bytes());
}

}  // namespace isthmus::formats
