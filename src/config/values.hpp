#pragma once
// Single values of the configuration: numbers, durations, addresses, names, files. Each notes what is wrong with it.

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/reader.hpp"

namespace isthmus::config {

[[nodiscard]] std::optional<std::uint32_t> read_integer(Reader& reader, const Value& value, std::uint32_t least,
                                                        std::uint32_t most);
/// Longer than zero.
[[nodiscard]] std::optional<Duration> read_duration(Reader& reader, const Value& value);
/// Bytes with their unit: 500MB, 1.5GB, 2GiB.
[[nodiscard]] std::optional<std::uint64_t> read_bytes(Reader& reader, const Value& value);
[[nodiscard]] std::optional<bool> read_bool(Reader& reader, const Value& value);
[[nodiscard]] std::optional<Asn> read_asn(Reader& reader, const Value& value);
[[nodiscard]] std::optional<IpAddress> read_address(Reader& reader, const Value& value);
[[nodiscard]] std::optional<Prefix> read_prefix(Reader& reader, const Value& value);
/// A name that can be a label, a file name and a word on a command line.
[[nodiscard]] std::optional<std::string> read_name(Reader& reader, const Value& value);
/// The path of a file that exists and can be read.
[[nodiscard]] std::optional<std::string> read_file_path(Reader& reader, const Value& value);

/// Puts an optional key's value in place of its default.
template <std::integral Number>
void read_into(Reader& reader, const std::optional<Value>& value, std::uint32_t least, std::uint32_t most,
               Number& into) {
  if (!value) return;
  if (const auto number = read_integer(reader, *value, least, most)) into = static_cast<Number>(*number);
}
void read_into(Reader& reader, const std::optional<Value>& value, Duration& into);
void read_into(Reader& reader, const std::optional<Value>& value, bool& into);
void read_bytes_into(Reader& reader, const std::optional<Value>& value, std::uint64_t& into);

/// A value together with its place in the file, for problems that show only when values are compared.
template <typename T>
struct Placed {
  T value;
  Value place;
};

template <typename T>
[[nodiscard]] std::vector<Placed<T>> read_list(Reader& reader, const std::optional<Value>& value,
                                               std::optional<T> (*read)(Reader&, const Value&)) {
  std::vector<Placed<T>> result;
  if (!value) return result;
  for (const Value& element : reader.list(*value)) {
    const auto one = read(reader, element);
    if (one) result.push_back({*one, element});
  }
  return result;
}

}  // namespace isthmus::config
