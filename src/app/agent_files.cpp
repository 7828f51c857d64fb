#include "app/agent_files.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>

#include "app/survey_state.hpp"
#include "app/wiring.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kIdentityBytes = 16;

std::string path_of(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

Result<std::optional<std::string>> read_file(const std::string& path) {
  const auto bytes = read_state(path);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<std::string>();
  return std::optional(std::string(reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size()));
}

Result<void> write_file(const std::string& path, const std::string& text) {
  return write_state(path, std::as_bytes(std::span(text)));
}

std::string in_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace

Result<std::string> installation_of(const std::string& folder) {
  const std::string path = path_of(folder, "installation");
  const auto kept = read_file(path);
  if (!kept) return kept.error();
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (*kept && (*kept)->size() == 2 * kIdentityBytes && std::ranges::all_of(**kept, is_hex)) return **kept;
  const wire::KeySeed random = random_seed();
  const std::string fresh = in_hex(std::as_bytes(std::span(random)).first(kIdentityBytes));
  if (const auto written = write_file(path, fresh); !written) return written.error();
  return fresh;
}

Result<std::uint64_t> next_boot(const std::string& folder, Timestamp now) {
  const std::string path = path_of(folder, "boot");
  const auto kept = read_file(path);
  if (!kept) return kept.error();
  std::uint64_t last = 0;
  if (*kept) std::from_chars((*kept)->data(), (*kept)->data() + (*kept)->size(), last);
  const std::uint64_t boot = std::max(static_cast<std::uint64_t>(now.time_since_epoch().count()), last + 1);
  const auto written = write_file(path, std::to_string(boot));
  if (written) return boot;
  // On a full disk whoever only waited for space would see nothing until then; the clock gives the next start a later
  // one.
  if (written.error().code != ErrorCode::io_failed) return written.error();
  spdlog::warn("event=start_not_kept error=\"{}\" hint=\"free some space\"", to_string(written.error()));
  return boot;
}

Result<std::optional<std::string>> read_kept_assignment(const std::string& folder, const std::string& vantage) {
  return read_file(path_of(folder, vantage + ".assignment"));
}

Result<void> keep_assignment(const std::string& folder, const std::string& vantage, const std::string& bytes) {
  return write_file(path_of(folder, vantage + ".assignment"), bytes);
}

std::string spool_path(const std::string& folder, const std::string& vantage) {
  return path_of(folder, vantage + ".spool.db");
}

}  // namespace isthmus::app
