// Archives of scamper's warts.

#include "formats/warts_decoder.hpp"
#include "fuzz/archive_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  isthmus::fuzz::check_archive<isthmus::formats::WartsDecoder>({data, size});
  return 0;
}
