#include "store/inspect.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "store/database.hpp"
#include "store/schema.hpp"

namespace isthmus::store {
namespace {

// "SQLite format 3\0" (the file format's section 1.3).
constexpr std::string_view kHeader{"SQLite format 3", 16};

// Larger files are not read as a whole at the start; what is damaged in them shows when it is used.
constexpr std::uintmax_t kCheckedSize = 64U << 20;

bool begins_like_a_database(const std::string& path) {
  std::array<char, kHeader.size()> bytes{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return true;  // Why it cannot be read, opening it will tell.
  file.read(bytes.data(), bytes.size());
  return std::string_view(bytes.data(), bytes.size()) == kHeader;
}

// Whether every page can be read; what SQLite itself trips over is an error.
Result<bool> is_whole(Database& database) {
  auto check = database.prepare("PRAGMA quick_check(1)");
  if (!check) return check.error();
  const auto row = check->step();
  if (!row) return row.error();
  return !*row || check->text(0) == "ok";
}

}  // namespace

Result<FileState> inspect(const std::string& path, Duration busy_timeout) {
  std::error_code status;
  const auto size = std::filesystem::file_size(path, status);
  if (status || size == 0) return FileState::fine;
  if (!begins_like_a_database(path)) {
    if (std::filesystem::exists(path + ".lock", status)) return FileState::damaged;
    return Error{ErrorCode::refused, "use store " + path,
                 "it is no database of isthmus, and was left alone; configure another path, or move it away"};
  }
  auto database = Database::open(path, OpenMode::read_only, busy_timeout);
  if (!database) return database.error();
  Result<void> ours = check_ours(*database, migrations());
  if (ours && size <= kCheckedSize) {
    const auto whole = is_whole(*database);
    if (whole && !*whole) return FileState::damaged;
    if (!whole) ours = whole.error();
  }
  if (database->damaged()) return FileState::damaged;
  if (!ours) return ours.error();
  return FileState::fine;
}

}  // namespace isthmus::store
