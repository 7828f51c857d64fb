#pragma once
// What every fuzz target shares: libFuzzer's entry point, and a check that holds in every build type. A target gives
// bytes from strangers to one reader and requires what must be true whatever the bytes are. One thread.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace isthmus::fuzz {

/// Ends the process, which is how libFuzzer and the replay learn of a finding.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz: not true: %s\n", what);
  std::abort();
}

}  // namespace isthmus::fuzz
