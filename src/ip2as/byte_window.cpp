#include "ip2as/byte_window.hpp"

#include <algorithm>

namespace isthmus::ip2as {

std::string_view ByteWindow::peek(std::size_t size) {
  if (carried_.empty()) {
    if (rest_.size() >= size) return rest_.substr(0, size);
    carried_ = rest_;
    rest_ = {};
  }
  while (carried_.size() < size) {
    if (rest_.empty()) rest_ = bytes_.next();
    if (rest_.empty()) break;
    const std::size_t taken = std::min(rest_.size(), size - carried_.size());
    carried_ += rest_.substr(0, taken);
    rest_.remove_prefix(taken);
  }
  return std::string_view(carried_).substr(0, size);
}

bool ByteWindow::skip(std::uint64_t size) {
  const std::uint64_t target = offset_ + size;
  const std::size_t carried = std::min<std::uint64_t>(carried_.size(), size);
  carried_.erase(0, carried);
  offset_ += carried;
  while (offset_ < target) {
    if (rest_.empty()) rest_ = bytes_.next();
    if (rest_.empty()) return false;
    const std::size_t passed = std::min<std::uint64_t>(rest_.size(), target - offset_);
    rest_.remove_prefix(passed);
    offset_ += passed;
  }
  return true;
}

}  // namespace isthmus::ip2as
