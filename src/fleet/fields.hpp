#pragma once
// Single fields of what came over the wire: each is read into what it means, and the first that cannot be is remembered
// by name. Pure; any thread, one object a message.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::fleet {

inline void put_address(std::string& into, const IpAddress& address) {
  into.assign(reinterpret_cast<const char*>(address.bytes().data()), address.is_v4() ? 4 : 16);
}
/// Its address, and its length as one more byte.
inline void put_prefix(std::string& into, const Prefix& prefix) {
  put_address(into, prefix.address());
  into.push_back(static_cast<char>(prefix.length()));
}
/// Of 4 or 16 bytes in network order; nothing for others.
[[nodiscard]] inline std::optional<IpAddress> address_of(std::string_view bytes) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  if (bytes.size() == 4) {
    return IpAddress::v4(std::uint32_t{byte(0)} << 24 | std::uint32_t{byte(1)} << 16 | std::uint32_t{byte(2)} << 8 |
                         byte(3));
  }
  std::array<std::uint8_t, 16> all{};
  if (bytes.size() != all.size()) return std::nullopt;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = byte(i);
  return IpAddress::v6(all);
}

class Fields {
 public:
  /// Of the first field that was wrong; empty while none was.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  void note(const char* field, const std::string& what) {
    if (problem_.empty()) problem_ = std::string(field) + " " + what;
  }

  [[nodiscard]] IpAddress address(const char* field, std::string_view bytes) {
    const auto address = address_of(bytes);
    if (!address) note(field, "has neither 4 nor 16 bytes");
    return address.value_or(IpAddress());
  }
  [[nodiscard]] Prefix prefix(const char* field, std::string_view bytes) {
    const auto address = bytes.empty() ? std::nullopt : address_of(bytes.substr(0, bytes.size() - 1));
    const int length = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.back());
    if (!address || length > address->width()) {
      note(field, "is no prefix");
      return {};
    }
    const Prefix prefix(*address, length);
    if (prefix.address() != *address) note(field, "has host bits set");
    return prefix;
  }
  template <typename Number>
  [[nodiscard]] Number number(const char* field, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (value < least || value > most) {
      note(field, "is not from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return static_cast<Number>(value);
  }
  template <typename Enum>
  [[nodiscard]] Enum enumerator(const char* field, std::uint32_t value, std::uint32_t count) {
    if (value < count) return static_cast<Enum>(value);
    note(field, "is of no known kind");
    return Enum{};
  }
  /// Longer than zero, at most ten years.
  [[nodiscard]] Duration duration(const char* field, std::uint64_t nanoseconds) {
    constexpr auto kMost = static_cast<std::uint64_t>(Duration(std::chrono::hours(3653 * 24)).count());
    if (nanoseconds == 0 || nanoseconds > kMost) note(field, "is no time at all, or more than ten years");
    return Duration(static_cast<Duration::rep>(std::min(nanoseconds, kMost)));
  }
  [[nodiscard]] Timestamp time(const char* field, std::uint64_t nanoseconds) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (nanoseconds > kMost) note(field, "is beyond the year 2262");
    return Timestamp(Duration(static_cast<Duration::rep>(std::min(nanoseconds, kMost))));
  }
  /// As the configuration has them: 1 to 63 letters, digits, dots, underscores and hyphens.
  [[nodiscard]] std::string name(const char* field, const std::string& text) {
    const auto is_allowed = [](char c) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return is_letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    if (text.empty() || text.size() > 63 || !std::ranges::all_of(text, is_allowed)) note(field, "is no good name");
    return text;
  }

 private:
  std::string problem_;
};

}  // namespace isthmus::fleet
