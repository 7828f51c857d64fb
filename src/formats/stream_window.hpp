#pragma once
// A window that slides over a stream of bytes: what was read and not yet dropped. Keeps no more than its user leaves
// undropped, plus one step. Counts lines and bytes, for whoever must say where something stood. One thread.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/byte_source.hpp"

namespace isthmus::formats {

class StreamWindow {
 public:
  /// So many bytes behind text() can always be read (simdjson reads ahead).
  static constexpr std::size_t kReadable = 64;

  /// Large enough that what is left over and moved to the front weighs little, small enough for the second-level cache.
  static constexpr std::size_t kStep = std::size_t{256} << 10;

  explicit StreamWindow(std::unique_ptr<ByteStream> bytes, std::size_t step = kStep);

  /// Read and not dropped. Lives until more(); dropping leaves the bytes where they are.
  [[nodiscard]] std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Appends to text(); false at the end of the stream.
  bool more();
  void drop(std::size_t size);

  /// Of the start of text().
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return offset_ + (end_ - begin_); }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Why the stream ended early; empty when it did not.
  [[nodiscard]] const std::string& problem() const { return bytes_->problem(); }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::size_t step_;
  std::vector<char> buffer_;
  std::size_t begin_{0};
  std::size_t end_{0};
  std::uint64_t line_{1};
  std::uint64_t offset_{0};
  bool ended_{false};
};

}  // namespace isthmus::formats
