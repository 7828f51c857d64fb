// The packet decoder against libtins: where both can read a packet, every field must be the same. Seeds are those of
// the decoder.

#include "fuzz/fuzz_target.hpp"
#include "fuzz/mend.hpp"
#include "fuzz/oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  const auto bytes = std::as_bytes(std::span(data, size));
  support::Packet mended(bytes.begin(), bytes.end());
  fuzz::mend(mended);
  for (const std::span<const std::byte> packet : {bytes, std::span<const std::byte>(mended)}) {
    const fuzz::Comparison comparison = fuzz::compare_with_libtins(packet);
    fuzz::require(comparison.difference.empty(), comparison.difference.c_str());
  }
  return 0;
}
