#include "config/file_text.hpp"

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>

namespace isthmus::config {

Result<std::string> read_text_file(const std::string& path) {
  // Generous for anything a person maintains; keeps /dev/zero from filling the memory.
  constexpr std::size_t kLargest = std::size_t{4} << 20;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error{ErrorCode::io_failed, "read " + path, "is a folder"};
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return system_error("read " + path, errno);
  std::string text(kLargest + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return system_error("read " + path, errno);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLargest) return Error{ErrorCode::io_failed, "read " + path, "is larger than 4 MiB"};
  return text;
}

}  // namespace isthmus::config
