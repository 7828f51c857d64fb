#include "ip2as/bzip2_expand.hpp"

#include <algorithm>
#include <cstring>

namespace isthmus::ip2as {
namespace {

// CRC-32 with the most significant bit first, eight bytes at a time: table k is what a byte does k bytes later.
constexpr std::uint32_t kPolynomial = 0x04C11DB7;
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables kCrcTables = [] {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc >> 31) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t table = 1; table < 8; ++table) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[table - 1][byte];
      tables[table][byte] = (before << 8) ^ tables[0][before >> 24];
    }
  }
  return tables;
}();

std::uint32_t crc_of(const std::string& text) {
  std::uint32_t crc = 0xFFFFFFFF;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, bytes += 8) {
    crc ^=
        (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) | bytes[3];
    crc = kCrcTables[7][crc >> 24] ^ kCrcTables[6][crc >> 16 & 0xFF] ^ kCrcTables[5][crc >> 8 & 0xFF] ^
          kCrcTables[4][crc & 0xFF] ^ kCrcTables[3][bytes[4]] ^ kCrcTables[2][bytes[5]] ^ kCrcTables[1][bytes[6]] ^
          kCrcTables[0][bytes[7]];
  }
  for (; left > 0; --left, ++bytes) crc = (crc << 8) ^ kCrcTables[0][(crc >> 24) ^ *bytes];
  return ~crc;
}

constexpr int kGroupBits = 7;
constexpr std::uint16_t kMixed = 256;

template <typename T>
void make_room(std::vector<T>& memory, std::size_t size) {
  if (memory.size() < size) memory.resize(size);
}

}  // namespace

bool Bzip2Expander::expand(const Bzip2Block& block, std::string& bytes) {
  find_starts(block);
  link(block);
  follow(block);
  undo_runs(block.last_column.size(), bytes);
  return crc_of(bytes) == block.crc;
}

// Rows are sorted, so the first byte of a row follows from its number: for most groups of rows it is the same.
void Bzip2Expander::find_starts(const Bzip2Block& block) {
  const std::size_t size = block.last_column.size();
  for (std::size_t byte = 0; byte < 256; ++byte) starts_[byte + 1] = starts_[byte] + block.counts[byte];
  groups_.resize((size >> kGroupBits) + 1);
  std::uint16_t byte = 0;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    while (byte < 255 && starts_[byte + 1] <= group << kGroupBits) ++byte;
    const bool mixed = starts_[byte + 1] < std::min((group + 1) << kGroupBits, size);
    groups_[group] = mixed ? byte | kMixed : byte;
  }
}

std::uint8_t Bzip2Expander::byte_of(std::uint32_t row) const {
  const std::uint16_t group = groups_[row >> kGroupBits];
  std::size_t byte = group & 0xFF;
  if ((group & kMixed) != 0) {
    while (starts_[byte + 1] <= row) ++byte;
  }
  return static_cast<std::uint8_t>(byte);
}

// A follower is the row of the next byte of the text, above the byte at hand. Going from one to the next jumps through
// megabytes and waits for memory each time; so pairs are made first, which is done in order, and followed instead: the
// row after the next, above the second byte of the two. The first one tells itself by the number of the row.
void Bzip2Expander::link(const Bzip2Block& block) {
  const std::size_t size = block.last_column.size();
  make_room(followers_, size);
  make_room(pairs_, size);
  std::array<std::uint32_t, 256> next{};
  std::copy_n(starts_.begin(), 256, next.begin());
  for (std::size_t row = 0; row < size; ++row) {
    const std::uint8_t byte = block.last_column[row];
    followers_[next[byte]++] = static_cast<std::uint32_t>(row << 8) | byte;
  }
  for (std::size_t row = 0; row < size; ++row) pairs_[row] = followers_[followers_[row] >> 8];
}

void Bzip2Expander::follow(const Bzip2Block& block) {
  const std::size_t size = block.last_column.size();
  make_room(text_, size + 1);
  std::uint8_t* out = text_.data();
  std::uint8_t* const end = out + size;
  std::uint32_t row = block.origin;
  while (out < end) {
    const std::uint32_t pair = pairs_[row];
    *out++ = byte_of(row);
    *out++ = static_cast<std::uint8_t>(pair);
    row = pair >> 8;
  }
}

// After four equal bytes stands how often more the byte follows.
void Bzip2Expander::undo_runs(std::size_t size, std::string& bytes) const {
  bytes.clear();
  bytes.reserve(size + size / 8);
  const std::uint8_t* from = text_.data();
  const std::uint8_t* const end = from + size;
  const std::uint8_t* copied = from;
  const auto copy_to = [&](const std::uint8_t* to) {
    bytes.append(reinterpret_cast<const char*>(copied), static_cast<std::size_t>(to - copied));
  };
  while (end - from > 4) {
    // Two neighbours that differ rule out every run across them.
    if (from[3] != from[2]) {
      from += 3;
    } else if (from[2] != from[1]) {
      from += 2;
    } else if (from[1] != from[0]) {
      from += 1;
    } else {
      copy_to(from + 4);
      bytes.append(from[4], static_cast<char>(from[0]));
      from += 5;
      copied = from;
    }
  }
  copy_to(end);
}

}  // namespace isthmus::ip2as
