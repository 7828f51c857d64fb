#pragma once
// Where the tests of prefix data find it: the extracts in tests/data always, the full files where somebody put them.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace isthmus::test {

inline std::string extract(const std::string& name) { return "tests/data/ip2as/" + name; }

/// The full data file, from $ISTHMUS_DATA_DIR or the folder beside the checkout; nothing when it is in neither.
inline std::optional<std::string> full_data(const std::string& name) {
  const char* folder = std::getenv("ISTHMUS_DATA_DIR");
  const std::filesystem::path path = std::filesystem::path(folder != nullptr ? folder : "../shared/data") / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

}  // namespace isthmus::test
