#include "sqlite/set_aside.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace isthmus::sqlite {
namespace {

// "20171001T090751Z"
std::string compact(Timestamp time) {
  std::string text;
  for (const char c : to_rfc3339(time).substr(0, 19)) {
    if (c != '-' && c != ':') text += c;
  }
  return text + "Z";
}

}  // namespace

Result<std::string> set_aside(const std::string& path, Timestamp now) {
  std::string name = path + ".corrupt-" + compact(now);
  std::error_code status;
  // Nothing that was kept before is overwritten.
  for (int i = 2; std::filesystem::exists(name, status); ++i) {
    name = path + ".corrupt-" + compact(now) + "-" + std::to_string(i);
  }
  for (const char* suffix : {"-wal", "-shm", ""}) {
    if (std::rename((path + suffix).c_str(), (name + suffix).c_str()) == 0 || errno == ENOENT) continue;
    Error error = system_error("move the damaged store " + path + " to " + name, errno);
    error.detail += "; the folder must be writable by this user";
    return error;
  }
  return name;
}

}  // namespace isthmus::sqlite
