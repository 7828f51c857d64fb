#pragma once
// The first half of unpacking bzip2: from the bits of the file to the blocks of its Burrows-Wheeler transform. It has
// to go from one block to the next, because only a block's end tells where the following one begins; the second half
// (bzip2_expand.hpp) takes most of the time and can be done for several blocks at once.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ip2as/byte_source.hpp"

namespace isthmus::ip2as {

[[nodiscard]] bool is_bzip2(std::string_view bytes);

/// A block as it stood before run-length coding and sorting were undone.
struct Bzip2Block {
  std::vector<std::uint8_t> last_column;    ///< Of the sorted rotations, at most 900,000 bytes.
  std::array<std::uint32_t, 256> counts{};  ///< How often each byte stands there.
  std::uint32_t origin{0};                  ///< The row that was not rotated; less than the column's size.
  std::uint32_t crc{0};                     ///< Of what the block expands to.
};

/// Reads one stream after the other, as files of several members have them. One thread.
class Bzip2BlockReader {
 public:
  explicit Bzip2BlockReader(std::unique_ptr<ByteSource> packed);

  /// The next block, memory of `into` used again; false at the end, which is early when there is a problem().
  [[nodiscard]] bool next(Bzip2Block& into);
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Code;

  bool begin_stream();
  bool end_stream();
  bool read_block(Bzip2Block& into);
  bool read_symbols();
  bool read_selectors();
  bool read_codes();
  bool read_column(Bzip2Block& into);
  [[nodiscard]] std::uint32_t decode(const Code& code);

  void fill();
  [[nodiscard]] std::uint32_t bits(int count);
  [[nodiscard]] bool at_end();
  bool fail(const char* why);

  // A prefix code: the first bits of the input tell a short word at once, the bounds tell the longer ones.
  static constexpr int kQuickBits = 10;
  static constexpr int kLongest = 20;
  struct Code {
    std::array<std::uint16_t, 1 << kQuickBits> quick;  // Symbol << 5 | length, 0 for longer words.
    std::array<std::uint32_t, kLongest + 2> bound;     // By length: words below it, left-aligned, are no longer.
    std::array<std::uint32_t, kLongest + 1> offset;    // By length: from the word to its place among the symbols.
    std::array<std::uint16_t, 258> symbols;            // By length, then by number.
  };
  bool make_code(const std::array<std::uint8_t, 258>& lengths, Code& code) const;

  std::unique_ptr<ByteSource> packed_;
  std::string_view piece_;
  std::size_t position_{0};
  std::uint64_t window_{0};   // The next bits, left-aligned.
  int held_{0};               // How many of them; after the end of the input zeros are added.
  std::uint64_t missing_{0};  // Bits of those zeros.
  bool started_{false};
  bool ended_{false};
  std::uint32_t level_{0};
  std::uint32_t combined_crc_{0};
  std::string problem_;

  std::vector<std::uint8_t> used_;  // The bytes that occur in the block.
  std::vector<std::uint8_t> selectors_;
  std::vector<Code> codes_;
};

}  // namespace isthmus::ip2as
