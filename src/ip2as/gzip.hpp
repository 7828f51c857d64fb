#pragma once
// Unpacks gzip files (RFC 1952) in memory.

#include <cstddef>
#include <string>
#include <string_view>

namespace isthmus::ip2as {

[[nodiscard]] bool is_gzip(std::string_view bytes);

struct Unpacked {
  std::string text;     ///< What could be unpacked, up to the failure if there was one.
  std::string problem;  ///< Why it ends early; empty when it does not.
};

/// All members of a gzip file, one after the other. Stops at `limit` bytes: a few kilobytes can unpack to gigabytes.
[[nodiscard]] Unpacked unpack_gzip(std::string_view bytes, std::size_t limit);

}  // namespace isthmus::ip2as
