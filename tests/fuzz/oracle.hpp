#pragma once
// A second opinion on received packets: libtins reads them, too, and where both can, every field must agree. Allocates
// and catches exceptions; for tests and fuzz targets. Pure; any thread.

#include <cstddef>
#include <span>
#include <string>

namespace isthmus::fuzz {

struct Comparison {
  bool both_read{false};
  std::string difference;  ///< Empty, or which field differs and how.
};

/// What only one can read is no difference: libtins refuses quotes of eight bytes of TCP, IPv6 quotes shorter than
/// their length and more, and knows no checksums; the decoder refuses what cannot answer a probe.
[[nodiscard]] Comparison compare_with_libtins(std::span<const std::byte> bytes);

}  // namespace isthmus::fuzz
