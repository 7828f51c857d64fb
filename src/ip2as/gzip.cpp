#include "ip2as/gzip.hpp"

#include <zlib.h>

#include <stdexcept>
#include <utility>

namespace isthmus::ip2as {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kPiece = std::size_t{1} << 18;

class GzipBytes final : public ByteSource {
 public:
  explicit GzipBytes(std::unique_ptr<ByteSource> packed) : packed_(std::move(packed)) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib cannot start: out of memory");
  }
  ~GzipBytes() override { inflateEnd(&stream_); }

  [[nodiscard]] std::string_view next() override {
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_out = static_cast<uInt>(piece_.size());
    while (!ended_ && stream_.avail_out > 0) step();
    const std::string_view given = std::string_view(piece_).substr(0, piece_.size() - stream_.avail_out);
    given_ += given.size();
    if (given_ > kMostUnpacked) end("the compressed data unpacks to more than 32 GiB");
    return given;
  }

 private:
  void step() {
    if (stream_.avail_in == 0 && !refill()) return;
    switch (inflate(&stream_, Z_NO_FLUSH)) {
      case Z_OK: break;
      case Z_STREAM_END:
        inside_member_ = false;
        if (stream_.avail_in > 0 || refill()) start_next_member();
        break;
      case Z_BUF_ERROR: break;  // Wants more input, which the next step brings or misses.
      default: end("the compressed data is damaged"); break;
    }
  }

  // False at the end of the input, which is a good one between members alone.
  bool refill() {
    const std::string_view bytes = packed_->next();
    if (bytes.empty()) {
      const bool cut = inside_member_ || !packed_->problem().empty();
      end(!packed_->problem().empty() ? packed_->problem()
          : cut                       ? "the compressed data ends early: the file is cut off"
                                      : std::string());
      return false;
    }
    // zlib does not write through next_in; its interface merely predates const.
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return true;
  }

  void start_next_member() {
    inflateReset(&stream_);
    inside_member_ = true;
  }

  void end(std::string problem) {
    ended_ = true;
    problem_ = std::move(problem);
  }

  std::unique_ptr<ByteSource> packed_;
  z_stream stream_{};
  std::string piece_ = std::string(kPiece, '\0');
  std::uint64_t given_{0};
  bool inside_member_{true};
  bool ended_{false};
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

std::unique_ptr<ByteSource> unpack_gzip(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<GzipBytes>(std::move(packed));
}

}  // namespace isthmus::ip2as
