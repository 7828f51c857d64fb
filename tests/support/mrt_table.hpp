#pragma once
// A made-up routing table as a collector with many full-feed peers would dump it: deterministic, with the sizes,
// repeated paths and compressibility of a real one. Streams; one thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace isthmus::support::mrt {

struct TableSize {
  std::size_t ipv4_prefixes{1'000'000};
  std::size_t ipv6_prefixes{200'000};
  std::size_t peers{30};
  std::size_t origins{75'000};  ///< ASes that announce something.
};

/// Writes the whole file to the sink in pieces. Every hundredth prefix has a second origin, seen by a third of the
/// peers.
void write_table(const TableSize& size, const std::function<void(std::string_view)>& sink);

}  // namespace isthmus::support::mrt
