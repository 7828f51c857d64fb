#pragma once
// Reads a JSON object by a table that says what each known key sets; keys in any order, others skipped, null is
// missing. Pure functions; any thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/json_value.hpp"

namespace isthmus::formats {

template <typename Into>
struct JsonKey {
  std::string_view name;
  void (*set)(Into& into, const JsonValue& value);
};

/// The known keys of one kind of object, found by a hash: a bulk archive has hundreds of keys in each result.
template <typename Into, std::size_t kSize>
class JsonKeys {
 public:
  constexpr explicit JsonKeys(const std::array<JsonKey<Into>, kSize>& keys) {
    for (const JsonKey<Into>& key : keys) {
      std::size_t slot = slot_of(key.name);
      while (!slots_[slot].name.empty()) slot = (slot + 1) % kSlots;
      slots_[slot] = key;
    }
  }

  /// nullptr when it is none of them.
  [[nodiscard]] const JsonKey<Into>* find(std::string_view name) const {
    if (name.empty()) return nullptr;
    for (std::size_t slot = slot_of(name); !slots_[slot].name.empty(); slot = (slot + 1) % kSlots) {
      if (equal(slots_[slot].name, name)) return &slots_[slot];
    }
    return nullptr;
  }

 private:
  /// Three of four are empty, so that hardly ever two keys meet.
  static constexpr std::size_t kSlots = std::bit_ceil(4 * kSize);

  /// By length and both ends, which tell nearly all keys apart.
  static constexpr std::size_t slot_of(std::string_view name) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[at])); };
    const std::uint32_t ends = byte(0) << 16 | byte(name.size() / 2) << 8 | byte(name.size() - 1);
    return (ends * 0x9E3779B1U + static_cast<std::uint32_t>(name.size()) * 0x85EBCA6BU) >> 16 & (kSlots - 1);
  }

  /// Of a few bytes mostly: the call of memcmp would cost more than they do.
  static constexpr bool equal(std::string_view known, std::string_view name) {
    if (known.size() != name.size()) return false;
    std::size_t at = 0;
    while (at < name.size() && known[at] == name[at]) ++at;
    return at == name.size();
  }

  std::array<JsonKey<Into>, kSlots> slots_{};
};

template <typename Into, std::size_t kSize>
void read_keys(const JsonObject& object, const JsonKeys<Into, kSize>& keys, Into& into) {
  for (const auto [name, value] : object) {
    const JsonKey<Into>* const key = keys.find(name);
    if (key != nullptr && !value.is_null()) key->set(into, value);
  }
}

}  // namespace isthmus::formats
