#include "app/survey_state.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace isthmus::app {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::optional<std::vector<std::byte>>> read_state(const std::string& file) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0 && errno == ENOENT) return std::optional<std::vector<std::byte>>();
  if (in.get() < 0) return system_error("read " + file, errno);
  std::vector<std::byte> bytes;
  std::array<std::byte, 65536> part{};
  for (;;) {
    const ssize_t count = ::read(in.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read " + file, errno);
    if (count == 0) return std::optional(std::move(bytes));
    bytes.insert(bytes.end(), part.begin(), part.begin() + count);
  }
}

Result<void> write_state(const std::string& file, std::span<const std::byte> state) {
  const std::string fresh = file + ".new";
  {
    const Descriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (out.get() < 0) return system_error("write " + fresh, errno);
    // Without waiting for the disk: what a crash of the machine loses is refused when it is read, by its checksum.
    if (!write_all(out.get(), state)) return system_error("write " + fresh, errno);
  }
  if (std::rename(fresh.c_str(), file.c_str()) != 0) return system_error("rename " + fresh, errno);
  return {};
}

}  // namespace isthmus::app
