#include "formats/stream_window.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace isthmus::formats {

StreamWindow::StreamWindow(std::unique_ptr<ByteStream> bytes, std::size_t step)
    : bytes_(std::move(bytes)), step_(step), buffer_(step + kReadable) {}

bool StreamWindow::more() {
  if (ended_) return false;
  const auto has_room = [&] { return buffer_.size() - end_ >= step_ / 2 + kReadable; };
  if (!has_room()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (!has_room()) buffer_.resize(2 * buffer_.size());
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
