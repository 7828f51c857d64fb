#include "formats/stream_window.hpp"

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
  // A line feed or none in what is dropped at once: looking for the next one is faster than counting.
  const char* const end = buffer_.data() + begin_ + size;
  const auto find = [end](const char* from) {
    return static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
  };
  for (const char* feed = find(end - size); feed != nullptr; feed = find(feed + 1)) ++line_;
  offset_ += size;
  begin_ += size;
}

}  // namespace isthmus::formats
