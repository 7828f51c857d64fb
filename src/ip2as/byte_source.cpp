#include "ip2as/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace isthmus::ip2as {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 18;  // Stays in a second-level cache between the readers.

Error cannot_open(const std::string& path, ErrorCode code, const std::string& why) {
  return Error{code, path + ":1", why + "; check the path, or fetch the data with deploy/fetch-prefix-data.sh"};
}

}  // namespace

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::string& path, std::atomic<std::uint64_t>* bytes_read) {
  // Not to hang on a pipe that nobody writes to, before it is known for one.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT) return cannot_open(path, ErrorCode::not_found, "the file does not exist");
    const Error error = system_error(path + ":1", errno);
    return cannot_open(path, error.code, "cannot be opened: " + error.detail);
  }
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return cannot_open(path, ErrorCode::io_failed, "it is not a regular file");
  }
  return std::unique_ptr<FileBytes>(new FileBytes(descriptor, static_cast<std::uint64_t>(status.st_size), bytes_read));
}

FileBytes::FileBytes(int descriptor, std::uint64_t size, std::atomic<std::uint64_t>* bytes_read)
    : descriptor_(descriptor), size_(size), bytes_read_(bytes_read), piece_(kPiece, '\0') {}

FileBytes::~FileBytes() { ::close(descriptor_); }

std::string_view FileBytes::next() {
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, piece_.data(), piece_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) problem_ = "could not be read to its end: " + std::generic_category().message(errno);
  if (got <= 0) return {};
  const std::string_view bytes = std::string_view(piece_).substr(0, static_cast<std::size_t>(got));
  if (bytes_read_ != nullptr) bytes_read_->fetch_add(bytes.size(), std::memory_order_relaxed);
  crc_ = static_cast<std::uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  return bytes;
}

std::string FileBytes::tail(std::size_t size) const {
  std::string bytes(std::min<std::uint64_t>(size, size_), '\0');
  const ssize_t got = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_ - bytes.size()));
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace isthmus::ip2as
