#include "ip2as/mrt_path.hpp"

#include <algorithm>
#include <optional>

#include "ip2as/byte_window.hpp"

namespace isthmus::ip2as {
namespace {

// RFC 4271 section 4.3 and RFC 6793 section 9.
constexpr std::uint8_t kExtendedLength = 0x10;
constexpr std::uint8_t kAsPath = 2;
constexpr std::uint8_t kAs4Path = 17;
constexpr std::uint8_t kSet = 1;
constexpr std::uint8_t kSequence = 2;
constexpr std::uint8_t kLastSegmentType = 4;  // Sets of confederations (RFC 5065 section 3).
constexpr Asn kAsTrans{23456};

struct Attributes {
  std::optional<std::string_view> path;
  std::optional<std::string_view> wide_path;
};

bool find_paths(std::string_view bytes, Attributes& found) {
  Cursor cursor(bytes);
  while (cursor.left() > 0) {
    const std::uint8_t flags = cursor.u8();
    const std::uint8_t type = cursor.u8();
    const std::size_t size = (flags & kExtendedLength) != 0 ? cursor.u16() : cursor.u8();
    const std::string_view value = cursor.bytes(size);
    if (!cursor.good()) return false;
    if (type == kAsPath) found.path = value;
    if (type == kAs4Path) found.wide_path = value;
  }
  return true;
}

// The last number of the last sequence, or all of the last set; false when the segments do not fit the bytes.
bool read_end(std::string_view path, std::size_t width, std::vector<Asn>& origins) {
  Cursor cursor(path);
  origins.clear();
  while (cursor.left() > 0) {
    const std::uint8_t type = cursor.u8();
    const std::size_t count = cursor.u8();
    Cursor numbers(cursor.bytes(count * width));
    if (!cursor.good() || type < kSet || type > kLastSegmentType) return false;
    if (type > kSequence || count == 0) continue;
    origins.clear();
    if (type == kSequence) numbers.bytes((count - 1) * width);
    while (numbers.left() > 0) {
      const Asn asn{width == 4 ? numbers.u32() : numbers.u16()};
      if (std::ranges::find(origins, asn) == origins.end()) origins.push_back(asn);
    }
  }
  return true;
}

}  // namespace

PathEnd read_path_end(std::string_view attributes, std::vector<Asn>& origins) {
  Attributes found;
  if (!find_paths(attributes, found)) return PathEnd::malformed;
  if (!found.path) return PathEnd::missing;
  // Tables hold four-byte numbers (RFC 6396 section 4.3.4), but not every program that wrote one knew.
  if (!read_end(*found.path, 4, origins) && !read_end(*found.path, 2, origins)) return PathEnd::malformed;
  if (origins.size() == 1 && origins.front() == kAsTrans && found.wide_path) {
    std::vector<Asn> wide;
    if (read_end(*found.wide_path, 4, wide) && !wide.empty()) origins = wide;
  }
  return origins.empty() ? PathEnd::empty : PathEnd::known;
}

}  // namespace isthmus::ip2as
