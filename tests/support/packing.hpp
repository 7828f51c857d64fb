#pragma once
// Compressed files for tests, made by the libraries that everybody uses. Pure functions; any thread.

#include <bzlib.h>
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace isthmus::support {

[[nodiscard]] inline std::string gzip(std::string_view text, int level = 9) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot start");
  }
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("zlib cannot pack");
  return packed;
}

/// `level` is the size of blocks, in units of 100,000 bytes.
[[nodiscard]] inline std::string bzip2(std::string_view text, int level = 9) {
  std::string packed(text.size() + text.size() / 100 + 600, '\0');
  auto size = static_cast<unsigned>(packed.size());
  if (BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()), static_cast<unsigned>(text.size()),
                               level, 0, 0) != BZ_OK) {
    throw std::runtime_error("libbz2 cannot pack");
  }
  packed.resize(size);
  return packed;
}

}  // namespace isthmus::support
