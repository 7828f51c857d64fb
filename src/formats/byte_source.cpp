#include "formats/byte_source.hpp"

#include <bzlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace isthmus::formats {
namespace {

constexpr std::size_t kStep = std::size_t{256} << 10;
constexpr const char* kCutOff = "the compressed data ends early: the file is cut off";
constexpr const char* kDamaged = "the compressed data is damaged";

// The file itself, with a first step read ahead so that its content can be told.
class FileStream final : public ByteStream {
 public:
  explicit FileStream(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~FileStream() override {
    if (owned_) ::close(descriptor_);
  }

  /// What comes next, without taking it; shorter than `size` only at the end.
  std::string_view peek(std::size_t size) {
    while (ahead_.size() < size) {
      std::array<char, 64> more{};
      const std::size_t got = read_file(more.data(), std::min(more.size(), size - ahead_.size()));
      if (got == 0) break;
      ahead_.append(more.data(), got);
    }
    return ahead_;
  }

  std::size_t read(char* into, std::size_t size) override {
    if (ahead_.empty()) return read_file(into, size);
    const std::size_t given = std::min(size, ahead_.size());
    std::memcpy(into, ahead_.data(), given);
    ahead_.erase(0, given);
    return given;
  }

  [[nodiscard]] const std::string& problem() const override { return problem_; }

 private:
  std::size_t read_file(char* into, std::size_t size) {
    while (problem_.empty()) {
      const ssize_t got = ::read(descriptor_, into, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) problem_ = "cannot be read: " + std::generic_category().message(errno);
    }
    return 0;
  }

  int descriptor_;
  bool owned_;
  std::string ahead_;
  std::string problem_;
};

// What both unpackers share: packed bytes from below, in steps.
class Unpacker : public ByteStream {
 public:
  explicit Unpacker(std::unique_ptr<ByteStream> packed) : packed_(std::move(packed)), step_(kStep) {}
  [[nodiscard]] const std::string& problem() const override { return problem_; }

 protected:
  /// The next step of packed bytes; false at their end.
  bool refill(char*& next, unsigned& available) {
    const std::size_t got = packed_->read(step_.data(), step_.size());
    next = step_.data();
    available = static_cast<unsigned>(got);
    return got > 0;
  }
  void fail(const char* why) { problem_ = packed_->problem().empty() ? why : packed_->problem(); }

  std::unique_ptr<ByteStream> packed_;
  std::vector<char> step_;
  std::string problem_;
  bool ended_{false};
};

class GzipStream final : public Unpacker {
 public:
  explicit GzipStream(std::unique_ptr<ByteStream> packed) : Unpacker(std::move(packed)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib cannot start: out of memory");
  }
  ~GzipStream() override { inflateEnd(&stream_); }

  std::size_t read(char* into, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(into);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    const uInt wanted = stream_.avail_out;
    while (!ended_ && stream_.avail_out == wanted) step();
    return wanted - stream_.avail_out;
  }

 private:
  void step() {
    char* next = reinterpret_cast<char*>(stream_.next_in);
    if (stream_.avail_in == 0 && !refill(next, stream_.avail_in)) {
      ended_ = true;
      if (!between_members_ || !packed_->problem().empty()) fail(kCutOff);
      return;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(next);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    between_members_ = status == Z_STREAM_END;
    if (between_members_) {
      inflateReset(&stream_);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      ended_ = true;
      fail(kDamaged);
    }
  }

  z_stream stream_{};
  bool between_members_{false};
};

class Bzip2Stream final : public Unpacker {
 public:
  explicit Bzip2Stream(std::unique_ptr<ByteStream> packed) : Unpacker(std::move(packed)) { start(); }
  ~Bzip2Stream() override { BZ2_bzDecompressEnd(&stream_); }

  std::size_t read(char* into, std::size_t size) override {
    stream_.next_out = into;
    stream_.avail_out = static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
    const unsigned wanted = stream_.avail_out;
    while (!ended_ && stream_.avail_out == wanted) step();
    return wanted - stream_.avail_out;
  }

 private:
  void start() {
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::runtime_error("bzip2 cannot start: out of memory");
  }

  void step() {
    if (stream_.avail_in == 0 && !refill(stream_.next_in, stream_.avail_in)) {
      ended_ = true;
      if (!between_streams_ || !packed_->problem().empty()) fail(kCutOff);
      return;
    }
    const int status = BZ2_bzDecompress(&stream_);
    between_streams_ = status == BZ_STREAM_END;
    if (between_streams_) {
      // RIPE's dumps are made by pbzip2: many streams one after the other, each of which starts anew.
      const bz_stream rest = stream_;
      BZ2_bzDecompressEnd(&stream_);
      stream_ = {};
      start();
      stream_.next_in = rest.next_in;
      stream_.avail_in = rest.avail_in;
      stream_.next_out = rest.next_out;
      stream_.avail_out = rest.avail_out;
    } else if (status != BZ_OK) {
      ended_ = true;
      fail(kDamaged);
    }
  }

  bz_stream stream_{};
  bool between_streams_{false};
};

}  // namespace

Result<std::unique_ptr<ByteStream>> open_bytes(const std::string& path) {
  const bool is_input = path == "-";
  const int descriptor = is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open " + path, errno);
  auto file = std::make_unique<FileStream>(descriptor, !is_input);
  const std::string_view start = file->peek(4);
  if (!file->problem().empty()) return Error{ErrorCode::io_failed, "read " + path, file->problem()};
  const bool gzip = start.starts_with("\x1F\x8B");
  const bool bzip2 = start.size() == 4 && start.starts_with("BZh") && start[3] >= '1' && start[3] <= '9';
  std::unique_ptr<ByteStream> bytes = std::move(file);
  if (gzip) bytes = std::make_unique<GzipStream>(std::move(bytes));
  if (bzip2) bytes = std::make_unique<Bzip2Stream>(std::move(bytes));
  return bytes;
}

}  // namespace isthmus::formats
