#include "config/values.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace isthmus::config {
namespace {

constexpr std::size_t kLongestName = 63;

struct ByteUnit {
  std::string_view name;
  double bytes;
};
constexpr ByteUnit kByteUnits[] = {
    {"kB", 1e3},     {"MB", 1e6},        {"GB", 1e9},           {"TB", 1e12},
    {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0}};
constexpr double kMostBytes = 1e15;

std::string named(const Value& value, const std::string& text) { return value.name + " '" + text + "'"; }

}  // namespace

std::optional<std::uint32_t> read_integer(Reader& reader, const Value& value, std::uint32_t least, std::uint32_t most) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, status] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (status != std::errc{} || end != text->data() + text->size() || number < least || number > most) {
    reader.note(value.mark, named(value, *text) + " is out of range or no whole number",
                "write a number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  return number;
}

std::optional<Duration> read_duration(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  const auto duration = parse_duration(*text);
  if (duration && *duration > Duration::zero()) return *duration;
  const bool is_bare = !text->empty() && text->find_first_not_of("0123456789.") == std::string::npos;
  std::string what = " is not a duration";
  std::string mend = "write a number and its unit: 500ms, 10s, 5m, 12h, 90d";
  if (duration) {
    what = " is no time at all";
    mend = "write a duration longer than 0s";
  } else if (text->starts_with('-')) {
    what = " is negative";
    mend = "write a duration longer than 0s";
  } else if (is_bare) {
    what = " has no unit";
    mend = "write it, e.g. " + *text + "s";
  }
  reader.note(value.mark, named(value, *text) + what, mend);
  return std::nullopt;
}

std::optional<std::uint64_t> read_bytes(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  double number = 0;
  const auto [end, status] = std::from_chars(text->data(), text->data() + text->size(), number);
  const std::string_view unit(end, text->data() + text->size());
  const bool is_number = status == std::errc{} && number > 0;
  const auto* known = std::ranges::find(kByteUnits, unit, &ByteUnit::name);
  if (is_number && known != std::end(kByteUnits) && number * known->bytes <= kMostBytes) {
    return static_cast<std::uint64_t>(number * known->bytes);
  }
  const bool is_bare = is_number && unit.empty();
  reader.note(value.mark, named(value, *text) + (is_bare ? " has no unit" : " is no number of bytes"),
              is_bare ? "write it, e.g. " + *text + "MB" : "write a number and its unit: 500MB, 1GB, 2GiB");
  return std::nullopt;
}

std::optional<bool> read_bool(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  reader.note(value.mark, named(value, *text) + " is neither true nor false", "write true or false");
  return std::nullopt;
}

std::optional<Asn> read_asn(Reader& reader, const Value& value) {
  const auto number = read_integer(reader, value, 1, 4294967295);
  if (!number) return std::nullopt;
  return Asn{*number};
}

std::optional<IpAddress> read_address(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  const auto address = IpAddress::parse(*text);
  if (address) return *address;
  reader.note(value.mark, named(value, *text) + " is not an IP address", "write one such as 192.0.2.1 or 2001:db8::1");
  return std::nullopt;
}

std::optional<Prefix> read_prefix(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  const auto prefix = Prefix::parse(*text);
  if (prefix) return *prefix;
  reader.note(value.mark, named(value, *text) + " is not a prefix", prefix.error().detail);
  return std::nullopt;
}

std::optional<std::string> read_name(Reader& reader, const Value& value) {
  auto text = reader.text(value);
  if (!text) return std::nullopt;
  const auto is_allowed = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (!text->empty() && text->size() <= kLongestName && std::ranges::all_of(*text, is_allowed)) return text;
  reader.note(value.mark, named(value, *text) + " is no good name",
              "use 1 to 63 letters, digits, dots, underscores and hyphens");
  return std::nullopt;
}

std::optional<std::string> read_file_path(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  const std::string path = reader.resolve(*text);
  std::error_code ignored;
  std::string what;
  if (text->empty() || !std::filesystem::exists(path, ignored)) {
    what = " does not exist";
  } else if (!std::filesystem::is_regular_file(path, ignored)) {
    what = " is not a regular file";
  } else if (access(path.c_str(), R_OK) != 0) {
    what = " may not be read by this user";
  } else {
    return path;
  }
  reader.note(value.mark, "the file '" + path + "' of " + value.name + what,
              "create it or correct the path; relative paths start at the configuration file's folder");
  return std::nullopt;
}

void read_into(Reader& reader, const std::optional<Value>& value, Duration& into) {
  if (!value) return;
  if (const auto duration = read_duration(reader, *value)) into = *duration;
}

void read_bytes_into(Reader& reader, const std::optional<Value>& value, std::uint64_t& into) {
  if (!value) return;
  if (const auto bytes = read_bytes(reader, *value)) into = *bytes;
}

void read_into(Reader& reader, const std::optional<Value>& value, bool& into) {
  if (!value) return;
  if (const auto flag = read_bool(reader, *value)) into = *flag;
}

}  // namespace isthmus::config
