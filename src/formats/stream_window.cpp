#include "formats/stream_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace isthmus::formats {
namespace {

// Large enough that what is left over and moved to the front weighs little, small enough for the second-level cache.
constexpr std::size_t kStep = std::size_t{256} << 10;

}  // namespace

StreamWindow::StreamWindow(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)), buffer_(kStep + kReadable) {}

bool StreamWindow::more() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() - end_ < kStep / 2 + kReadable) buffer_.resize(2 * buffer_.size());
  const std::size_t got = bytes_->read(buffer_.data() + end_, buffer_.size() - kReadable - end_);
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

void StreamWindow::drop(std::size_t size) {
  const char* const start = buffer_.data() + begin_;
  line_ += static_cast<std::uint64_t>(std::count(start, start + size, '\n'));
  offset_ += size;
  begin_ += size;
}

}  // namespace isthmus::formats
