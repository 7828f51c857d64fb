#pragma once
// The bytes of an archive, unpacked while they are read: plain, gzip (RFC 1952) or bzip2, told apart by content.
// Owns its file; memory does not depend on the archive's size. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "isthmus/base/result.hpp"

namespace isthmus::formats {

/// What bytes come from: a file, or an unpacker on top of one.
class ByteStream {
 public:
  ByteStream() = default;
  virtual ~ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  /// Up to `size` bytes, at least one unless the end is reached or the stream is damaged, then 0 for good.
  virtual std::size_t read(char* into, std::size_t size) = 0;
  /// Why it ended early; empty when it did not.
  [[nodiscard]] virtual const std::string& problem() const = 0;
};

/// Opens a file, or standard input for "-". Errors: not found, no permission, cannot be read.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_bytes(const std::string& path);

}  // namespace isthmus::formats
