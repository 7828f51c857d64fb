#pragma once
// Puts the fields of scamper's warts format together, as warts_input.hpp takes them apart. One thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "isthmus/base/time.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Addresses that a record has defined already, with their numbers.
using WartsDefined = std::map<IpAddress, std::uint32_t>;

class WartsFields {
 public:
  WartsFields& u8(std::uint8_t number);
  WartsFields& u16(std::uint16_t number);
  WartsFields& u32(std::uint32_t number);
  WartsFields& string(std::string_view text);  ///< Up to its first zero byte, which ends it there.
  WartsFields& time(Timestamp time);           ///< Cut to microseconds; before 1970 it is 1970.
  WartsFields& round_trip(Duration duration);  ///< In microseconds, kLongestRoundTrip at most.
  /// Defines it, or names it by its number when this record has it already.
  WartsFields& address(const IpAddress& address, WartsDefined& defined);
  WartsFields& label_stack(std::span<const MplsLabel> labels);
  WartsFields& append(std::string_view bytes);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Flags and parameters: call field(flag) in ascending order and put the parameter into what it returns.
class WartsParameters {
 public:
  WartsFields& field(int flag);
  void append_to(WartsFields& out) const;

 private:
  std::array<std::uint8_t, 5> flags_{};
  int last_{0};
  WartsFields parameters_;
};

}  // namespace isthmus::formats
