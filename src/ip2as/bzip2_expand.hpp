#pragma once
// The second half of unpacking bzip2: undoing the Burrows-Wheeler transform and the run-length coding of a block, which
// depends on no other. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "ip2as/bzip2_block.hpp"

namespace isthmus::ip2as {

/// Memory for the work, used again and again: one for each thread.
class Bzip2Expander {
 public:
  /// What the block holds, into memory used again; false when its checksum says otherwise.
  [[nodiscard]] bool expand(const Bzip2Block& block, std::string& bytes);

 private:
  void find_starts(const Bzip2Block& block);
  void link(const Bzip2Block& block);
  void follow(const Bzip2Block& block);
  [[nodiscard]] std::uint8_t byte_of(std::uint32_t row) const;
  void undo_runs(std::size_t size, std::string& bytes) const;

  std::array<std::uint32_t, 257> starts_{};  // Where the rows that begin with each byte start.
  std::vector<std::uint16_t> groups_;        // What all rows of a group begin with, or where to look.
  std::vector<std::uint32_t> followers_;
  std::vector<std::uint32_t> pairs_;
  std::vector<std::uint8_t> text_;
};

}  // namespace isthmus::ip2as
