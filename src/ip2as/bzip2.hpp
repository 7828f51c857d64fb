#pragma once
// Unpacks bzip2, with the help of other threads when there is much of it: bzip2 is so slow that a routing table would
// keep one processor busy for half a minute.

#include <memory>

#include "ip2as/byte_source.hpp"
#include "ip2as/bzip2_block.hpp"

namespace isthmus::ip2as {

/// `packed` is a source whose bytes begin as is_bzip2 demands; it is read by another thread when there are `helpers`,
/// and must then not be touched by the caller. Blocks wait in order, a few at a time.
[[nodiscard]] std::unique_ptr<ByteSource> unpack_bzip2(std::unique_ptr<ByteSource> packed, unsigned helpers);

/// Helpers that a file of so many packed bytes is worth on this machine: none for a small one.
[[nodiscard]] unsigned bzip2_helpers(std::uint64_t packed_size);

}  // namespace isthmus::ip2as
