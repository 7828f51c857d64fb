// Archives of JSON: RIPE Atlas results of any firmware and what sc_warts2json prints, on lines or in arrays.

#include "formats/json_decoder.hpp"
#include "fuzz/archive_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  isthmus::fuzz::check_archive<isthmus::formats::JsonDecoder>({data, size});
  return 0;
}
