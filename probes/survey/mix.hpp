#pragma once
// The bit mixer behind the survey's tables and orders. Pure function; any thread.

#include <cstdint>

namespace isthmus::probes::survey {

/// The finaliser of SplitMix64: a bijection in which every input bit reaches every output bit.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace isthmus::probes::survey
