#pragma once
// Bytes that come in pieces: from a file, from memory, or unpacked from another source. Nothing is held but the piece
// at hand. Each source belongs to one thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"

namespace isthmus::ip2as {

class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// The bytes that follow, valid until the next call; empty at the end, for good.
  [[nodiscard]] virtual std::string_view next() = 0;

  /// Why the bytes ended before they should have; empty when they did not. Meaningful once next() gave nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 protected:
  std::string problem_;
};

/// Nothing that unpacks to more than this is unpacked to its end: a few kilobytes can hold petabytes.
inline constexpr std::uint64_t kMostUnpacked = std::uint64_t{32} << 30;

/// Bytes that somebody else keeps, in pieces of at most `piece`.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view bytes, std::size_t piece = std::size_t{1} << 20)
      : rest_(bytes), piece_(piece) {}
  [[nodiscard]] std::string_view next() override {
    const std::string_view given = rest_.substr(0, piece_);
    rest_.remove_prefix(given.size());
    return given;
  }

 private:
  std::string_view rest_;
  std::size_t piece_;
};

/// A regular file, with a checksum of what has been read.
class FileBytes final : public ByteSource {
 public:
  /// Fails when there is no such file, it is not a regular one, or may not be read.
  static Result<std::unique_ptr<FileBytes>> open(const std::string& path,
                                                 std::atomic<std::uint64_t>* bytes_read = nullptr);
  ~FileBytes() override;

  [[nodiscard]] std::string_view next() override;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// CRC-32 (RFC 1952) of all that next() gave so far.
  [[nodiscard]] std::uint32_t crc() const { return crc_; }
  /// The last bytes of the file, at most so many, wherever next() is.
  [[nodiscard]] std::string tail(std::size_t size) const;

 private:
  FileBytes(int descriptor, std::uint64_t size, std::atomic<std::uint64_t>* bytes_read);

  int descriptor_;
  std::uint64_t size_;
  std::atomic<std::uint64_t>* bytes_read_;  // Of somebody who watches; may be nullptr.
  std::uint32_t crc_{0};
  std::string piece_;
};

}  // namespace isthmus::ip2as
