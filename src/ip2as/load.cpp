#include "isthmus/ip2as/load.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "ip2as/gzip.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {
namespace {

// Far above any routing table, far below what would push a machine into swapping.
constexpr std::uintmax_t kLargestFile = std::uintmax_t{512} << 20;

Error cannot_read(const std::string& path, ErrorCode code, const std::string& why) {
  return Error{code, path + ":1", why + "; check the path, or fetch the data with deploy/fetch-prefix-data.sh"};
}

Result<std::string> read_file(const std::string& path) {
  std::error_code status;
  const auto kind = std::filesystem::status(path, status).type();
  if (kind == std::filesystem::file_type::not_found) {
    return cannot_read(path, ErrorCode::not_found, "the file does not exist");
  }
  if (kind != std::filesystem::file_type::regular) {
    return cannot_read(path, ErrorCode::io_failed, status ? status.message() : "it is not a regular file");
  }
  const std::uintmax_t size = std::filesystem::file_size(path, status);
  if (status) return cannot_read(path, ErrorCode::io_failed, status.message());
  if (size > kLargestFile) return cannot_read(path, ErrorCode::io_failed, "the file is larger than 512 MiB");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const Error error = system_error(path + ":1", errno);
    return cannot_read(path, error.code, "cannot be opened: " + error.detail);
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::uintmax_t>(stream.gcount()) != size) {
    return cannot_read(path, ErrorCode::io_failed, "could not be read to its end");
  }
  return bytes;
}

// Name and checksum: enough to tell whether two machines, or two runs, use the same data.
std::string version_of(const std::string& path, std::string_view bytes) {
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%08lx", sum);
  return std::filesystem::path(path).filename().string() + " crc32:" + text.data();
}

Result<void> add_file(const std::string& path, PrefixTableBuilder& builder) {
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  builder.add_version(version_of(path, *bytes));
  if (!is_gzip(*bytes)) return builder.add_text(*bytes, path);
  const Unpacked unpacked = unpack_gzip(*bytes, kLargestFile);
  if (unpacked.problem.empty()) return builder.add_text(unpacked.text, path);
  const auto line = 1 + std::count(unpacked.text.begin(), unpacked.text.end(), '\n');
  return Error{ErrorCode::parse_failed, path + ":" + std::to_string(line), unpacked.problem + "; fetch the file again"};
}

}  // namespace

Result<PrefixTable> load(std::span<const std::string> paths) {
  PrefixTableBuilder builder;
  for (const std::string& path : paths) {
    if (const auto added = add_file(path, builder); !added) return added.error();
  }
  return std::move(builder).build();
}

}  // namespace isthmus::ip2as
