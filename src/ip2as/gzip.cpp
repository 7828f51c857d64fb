#include "ip2as/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace isthmus::ip2as {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kStep = std::size_t{1} << 20;

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib cannot start: out of memory");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Unpacks some of the input, which shrinks, to the end of the output, which grows.
  int step(std::string_view& input, std::string& output) {
    const std::size_t given = std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max());
    // zlib does not write through next_in; its interface merely predates const.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(unpacked_.data());
    stream_.avail_out = static_cast<uInt>(unpacked_.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    output.append(unpacked_, 0, unpacked_.size() - stream_.avail_out);
    input.remove_prefix(given - stream_.avail_in);
    return status;
  }

  void start_next_member() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
  // Made once: a file may consist of millions of members with nothing in them, and each takes a step.
  std::string unpacked_ = std::string(kStep, '\0');
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

Unpacked unpack_gzip(std::string_view bytes, std::size_t limit) {
  Unpacked result;
  Inflater inflater;
  while (true) {
    const int status = inflater.step(bytes, result.text);
    if (result.text.size() > limit) {
      result.problem = "the compressed data unpacks to more than " + std::to_string(limit >> 20) + " MiB";
      return result;
    }
    if (status == Z_STREAM_END) {
      if (bytes.empty()) return result;
      inflater.start_next_member();
    } else if (status != Z_OK) {
      // Z_BUF_ERROR: no progress is possible, that is, the input ended in the middle.
      result.problem = status == Z_BUF_ERROR ? "the compressed data ends early: the file is cut off"
                                             : "the compressed data is damaged";
      return result;
    }
  }
}

}  // namespace isthmus::ip2as
