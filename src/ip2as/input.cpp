#include "ip2as/input.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "ip2as/bzip2.hpp"
#include "ip2as/gzip.hpp"

namespace isthmus::ip2as {
namespace {

// Gives back, first of all, what was looked at to find out how the file is packed.
class WithFirstPiece final : public ByteSource {
 public:
  WithFirstPiece(ByteSource& rest, std::string first) : rest_(rest), first_(std::move(first)) {}
  [[nodiscard]] std::string_view next() override {
    if (!given_) {
      given_ = true;
      if (!first_.empty()) return first_;
    }
    const std::string_view bytes = rest_.next();
    if (bytes.empty()) problem_ = rest_.problem();
    return bytes;
  }

 private:
  ByteSource& rest_;
  std::string first_;
  bool given_{false};
};

}  // namespace

Result<std::unique_ptr<Input>> Input::open(const std::string& path, std::atomic<std::uint64_t>* bytes_read) {
  auto file = FileBytes::open(path, bytes_read);
  if (!file) return file.error();
  FileBytes* const bottom = file->get();
  return std::unique_ptr<Input>(new Input(path, std::move(*file), bottom, {}, bottom->size()));
}

std::unique_ptr<Input> Input::of_bytes(std::string_view bytes, std::string name, std::size_t piece) {
  return std::unique_ptr<Input>(
      new Input(std::move(name), std::make_unique<MemoryBytes>(bytes, piece), nullptr, bytes, bytes.size()));
}

Input::Input(std::string path, std::unique_ptr<ByteSource> raw, FileBytes* file, std::string_view memory,
             std::uint64_t size)
    : path_(std::move(path)), raw_(std::move(raw)), file_(file), memory_(memory), size_(size) {
  std::string first;
  while (first.size() < 16) {
    const std::string_view piece = raw_->next();
    if (piece.empty()) break;
    first += piece;
  }
  const bool gzip = is_gzip(first);
  const bool bzip2 = is_bzip2(first);
  bytes_ = std::make_unique<WithFirstPiece>(*raw_, std::move(first));
  if (gzip) {
    packing_ = Packing::gzip;
    bytes_ = unpack_gzip(std::move(bytes_));
  } else if (bzip2) {
    packing_ = Packing::bzip2;
    bytes_ = unpack_bzip2(std::move(bytes_), bzip2_helpers(size));
  }
  while (head_.size() < kHeadSize) {
    std::string_view piece = bytes_->next();
    if (piece.empty()) break;
    const std::size_t taken = std::min(piece.size(), kHeadSize - head_.size());
    head_ += piece.substr(0, taken);
    beyond_head_ = piece.substr(taken);
  }
}

std::string_view Input::next() {
  if (at_ == At::head) {
    at_ = At::beyond_head;
    if (!head_.empty()) return head_;
  }
  if (at_ == At::beyond_head) {
    at_ = At::rest;
    if (!beyond_head_.empty()) return beyond_head_;
  }
  const std::string_view bytes = bytes_->next();
  if (bytes.empty()) problem_ = bytes_->problem();
  return bytes;
}

std::string Input::tail(std::size_t size) const {
  if (file_ != nullptr) return file_->tail(size);
  return std::string(memory_.substr(memory_.size() - std::min(size, memory_.size())));
}

std::string Input::finish() {
  bytes_ = std::make_unique<MemoryBytes>(std::string_view{});  // Ends the threads that unpack.
  at_ = At::rest;
  if (file_ == nullptr) return path_;
  while (!file_->next().empty()) continue;
  std::array<char, 16> crc{};
  std::snprintf(crc.data(), crc.size(), "%08x", file_->crc());
  return std::filesystem::path(path_).filename().string() + " crc32:" + crc.data();
}

}  // namespace isthmus::ip2as
