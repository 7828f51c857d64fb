// bzip2: what our unpacking takes for right, libbz2 does as well, and both get the same out of it.

#include <bzlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "ip2as/bzip2.hpp"

namespace {

using namespace isthmus;

constexpr std::size_t kLargest = std::size_t{8} << 20;

struct Unpacked {
  std::string text;
  bool good{false};
};

Unpacked ours(std::string_view bytes, std::size_t piece) {
  Unpacked unpacked;
  const auto source = ip2as::unpack_bzip2(std::make_unique<ip2as::MemoryBytes>(bytes, piece), 0);
  for (std::string_view part = source->next(); !part.empty(); part = source->next()) {
    if (unpacked.text.size() + part.size() > kLargest) return unpacked;
    unpacked.text += part;
  }
  unpacked.good = source->problem().empty();
  return unpacked;
}

// One stream after the other, to the last byte.
Unpacked theirs(std::string_view bytes) {
  Unpacked unpacked;
  while (!bytes.empty()) {
    bz_stream stream{};
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return unpacked;
    stream.next_in = const_cast<char*>(bytes.data());
    stream.avail_in = static_cast<unsigned>(bytes.size());
    int status = BZ_OK;
    std::array<char, 65536> part{};
    while (status == BZ_OK) {
      stream.next_out = part.data();
      stream.avail_out = part.size();
      status = BZ2_bzDecompress(&stream);
      unpacked.text.append(part.data(), part.size() - stream.avail_out);
      if (status == BZ_OK && stream.avail_in == 0 && stream.avail_out > 0) break;
    }
    bytes.remove_prefix(bytes.size() - stream.avail_in);
    BZ2_bzDecompressEnd(&stream);
    if (status != BZ_STREAM_END) return unpacked;
  }
  unpacked.good = true;
  return unpacked;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!ip2as::is_bzip2(bytes)) return 0;
  const Unpacked mine = ours(bytes, bytes.size());
  const Unpacked again = ours(bytes, 3);
  fuzz::require(mine.good == again.good && mine.text == again.text, "pieces change nothing");
  if (!mine.good) return 0;
  const Unpacked other = theirs(bytes);
  fuzz::require(other.good, "libbz2 takes it as well");
  fuzz::require(mine.text == other.text, "both get the same out of it");
  return 0;
}
