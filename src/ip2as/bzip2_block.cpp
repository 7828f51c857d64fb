#include "ip2as/bzip2_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

namespace isthmus::ip2as {
namespace {

// The digits of pi and of its square root, as the format has them.
constexpr std::uint64_t kBlockMagic = 0x314159265359;
constexpr std::uint64_t kEndMagic = 0x177245385090;
constexpr std::uint32_t kBlockUnit = 100'000;
constexpr std::uint32_t kGroup = 50;  // Symbols that one selector chooses the code for.
constexpr std::size_t kMostSelectors = 18'002;
constexpr std::uint32_t kRunA = 0;
constexpr std::uint32_t kRunB = 1;

constexpr const char* kDamaged = "the compressed data is damaged";
constexpr const char* kCut = "the compressed data ends early: the file is cut off";

// Moves the element to the front and returns it.
std::uint8_t move_to_front(std::array<std::uint8_t, 256>& list, std::uint32_t index) {
  const std::uint8_t value = list[index];
  std::memmove(list.data() + 1, list.data(), index);
  list[0] = value;
  return value;
}

}  // namespace

bool is_bzip2(std::string_view bytes) {
  return bytes.size() >= 10 && bytes.starts_with("BZh") && bytes[3] >= '1' && bytes[3] <= '9' &&
         (bytes.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" || bytes.substr(4, 6) == "\x17\x72\x45\x38\x50\x90");
}

Bzip2BlockReader::Bzip2BlockReader(std::unique_ptr<ByteSource> packed) : packed_(std::move(packed)) {}

bool Bzip2BlockReader::fail(const char* why) {
  ended_ = true;
  // Zeros after the end look like damage; the file is then merely too short.
  problem_ = !packed_->problem().empty() ? packed_->problem() : at_end() ? kCut : why;
  return false;
}

void Bzip2BlockReader::fill() {
  while (held_ <= 56) {
    if (position_ == piece_.size()) {
      piece_ = packed_->next();
      position_ = 0;
    }
    std::uint64_t byte = 0;
    if (piece_.empty()) {
      missing_ += 8;
    } else {
      byte = static_cast<std::uint8_t>(piece_[position_++]);
    }
    window_ |= byte << (56 - held_);
    held_ += 8;
  }
}

// At most 32 at once.
std::uint32_t Bzip2BlockReader::bits(int count) {
  if (held_ < count) fill();
  const auto value = static_cast<std::uint32_t>(window_ >> 1 >> (63 - count));
  window_ <<= count;
  held_ -= count;
  return value;
}

bool Bzip2BlockReader::at_end() { return missing_ > static_cast<std::uint64_t>(held_); }

bool Bzip2BlockReader::begin_stream() {
  // Streams begin at whole bytes.
  (void)bits(held_ % 8);
  fill();
  if (started_ && missing_ >= static_cast<std::uint64_t>(held_)) {
    ended_ = true;
    problem_ = packed_->problem();
    return false;
  }
  started_ = true;
  if (bits(24) != 0x425A68) return fail("the compressed data is damaged: another stream should begin here");  // "BZh"
  const std::uint32_t digit = bits(8);
  if (digit < '1' || digit > '9') return fail(kDamaged);
  level_ = digit - '0';
  combined_crc_ = 0;
  return true;
}

bool Bzip2BlockReader::end_stream() {
  const std::uint32_t crc = bits(32);
  level_ = 0;
  return (!at_end() && crc == combined_crc_) || fail(kDamaged);
}

bool Bzip2BlockReader::next(Bzip2Block& into) {
  while (!ended_) {
    if (level_ == 0 && !begin_stream()) return false;
    const std::uint64_t magic = (std::uint64_t{bits(24)} << 24) | bits(24);
    if (magic == kEndMagic) {
      if (!end_stream()) return false;
      continue;
    }
    if (magic != kBlockMagic) return fail(kDamaged);
    if (!read_block(into)) return false;
    combined_crc_ = std::rotl(combined_crc_, 1) ^ into.crc;
    if (!into.last_column.empty()) return true;
  }
  return false;
}

bool Bzip2BlockReader::read_block(Bzip2Block& into) {
  into.crc = bits(32);
  if (bits(1) != 0) return fail("the compressed data is in a form of bzip2 that ended in 1998; pack the file again");
  into.origin = bits(24);
  if (!read_symbols() || !read_selectors() || !read_codes() || !read_column(into)) return false;
  if (at_end()) return fail(kCut);
  return into.origin < into.last_column.size() || fail(kDamaged);
}

// Sixteen bits for sixteen ranges of sixteen bytes each; those that occur are told one by one.
bool Bzip2BlockReader::read_symbols() {
  const std::uint32_t ranges = bits(16);
  used_.clear();
  for (std::uint32_t range = 0; range < 16; ++range) {
    if ((ranges >> (15 - range) & 1) == 0) continue;
    const std::uint32_t bytes = bits(16);
    for (std::uint32_t byte = 0; byte < 16; ++byte) {
      if ((bytes >> (15 - byte) & 1) != 0) used_.push_back(static_cast<std::uint8_t>(range * 16 + byte));
    }
  }
  return !used_.empty() || fail(kDamaged);
}

bool Bzip2BlockReader::read_selectors() {
  const std::uint32_t codes = bits(3);
  const std::uint32_t count = bits(15);
  if (codes < 2 || codes > 6 || count == 0) return fail(kDamaged);
  codes_.resize(codes);
  selectors_.clear();
  std::array<std::uint8_t, 256> order{};
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t index = 0;
    while (bits(1) != 0) {
      if (++index >= codes) return fail(kDamaged);
    }
    const std::uint8_t code = move_to_front(order, index);
    // Some writers list more than a block can need; they mean nothing.
    if (selectors_.size() < kMostSelectors) selectors_.push_back(code);
  }
  return true;
}

bool Bzip2BlockReader::read_codes() {
  const std::size_t symbols = used_.size() + 2;
  for (Code& code : codes_) {
    std::array<std::uint8_t, 258> lengths{};
    std::uint32_t length = bits(5);
    for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
      while (length >= 1 && length <= kLongest && bits(1) != 0) length += bits(1) == 0 ? 1 : ~0U;
      if (length < 1 || length > kLongest) return fail(kDamaged);
      lengths[symbol] = static_cast<std::uint8_t>(length);
    }
    if (!make_code(lengths, code)) return fail(kDamaged);
  }
  return true;
}

bool Bzip2BlockReader::make_code(const std::array<std::uint8_t, 258>& lengths, Code& code) const {
  const auto symbols = static_cast<std::uint16_t>(used_.size() + 2);
  std::uint32_t word = 0;  // The next one of its length.
  std::uint32_t place = 0;
  code.quick.fill(0);
  for (std::uint8_t length = 1; length <= kLongest; ++length) {
    code.offset[length] = place - word;
    for (std::uint16_t symbol = 0; symbol < symbols; ++symbol) {
      if (lengths[symbol] != length) continue;
      if (word >> length != 0) return false;  // More words than there can be.
      code.symbols[place++] = symbol;
      if (length <= kQuickBits) {
        const std::size_t first = std::size_t{word} << (kQuickBits - length);
        const auto entry = static_cast<std::uint16_t>(symbol << 5 | length);
        std::fill_n(code.quick.begin() + static_cast<std::ptrdiff_t>(first), std::size_t{1} << (kQuickBits - length),
                    entry);
      }
      ++word;
    }
    code.bound[length] = word << (kLongest - length);
    word <<= 1;
  }
  return true;
}

// 258 when the bits are no word of the code.
std::uint32_t Bzip2BlockReader::decode(const Code& code) {
  if (held_ < kLongest) fill();
  const std::uint16_t quick = code.quick[window_ >> (64 - kQuickBits)];
  if (quick != 0) {
    window_ <<= quick & 31;
    held_ -= quick & 31;
    return quick >> 5;
  }
  const auto ahead = static_cast<std::uint32_t>(window_ >> (64 - kLongest));
  int length = kQuickBits + 1;
  while (length <= kLongest && ahead >= code.bound[static_cast<std::size_t>(length)]) ++length;
  if (length > kLongest) return 258;
  const std::uint32_t word = bits(length);
  return code.symbols[word + code.offset[static_cast<std::size_t>(length)]];
}

// Undoes prefix codes, runs and move-to-front: RUNA and RUNB are digits of how often the front byte repeats, in a
// number system with the digits 1 and 2 for the places 1, 2, 4 and so on.
bool Bzip2BlockReader::read_column(Bzip2Block& into) {
  const std::size_t most = std::size_t{level_} * kBlockUnit;
  const auto end_of_block = static_cast<std::uint32_t>(used_.size() + 1);
  std::array<std::uint8_t, 256> front{};
  std::copy(used_.begin(), used_.end(), front.begin());
  into.counts.fill(0);
  into.last_column.resize(most);
  std::uint8_t* const column = into.last_column.data();
  std::size_t size = 0;
  std::size_t run = 0;
  std::size_t place = 1;
  const auto end_run = [&] {
    std::memset(column + size, front[0], run);
    into.counts[front[0]] += static_cast<std::uint32_t>(run);
    size += run;
    run = 0;
    place = 1;
  };
  for (const std::uint8_t selector : selectors_) {
    const Code& code = codes_[selector];
    for (std::uint32_t i = 0; i < kGroup; ++i) {
      const std::uint32_t symbol = decode(code);
      if (symbol <= kRunB) {
        run += place << (symbol == kRunA ? 0 : 1);
        place <<= 1;
        if (run > most - size) return fail(kDamaged);
        continue;
      }
      if (run != 0) end_run();
      if (symbol == end_of_block) {
        into.last_column.resize(size);
        return true;
      }
      if (symbol > end_of_block || size == most) return fail(kDamaged);
      const std::uint8_t byte = move_to_front(front, symbol - 1);
      ++into.counts[byte];
      column[size++] = byte;
    }
  }
  return fail(kDamaged);  // The selectors end before the block does.
}

}  // namespace isthmus::ip2as
