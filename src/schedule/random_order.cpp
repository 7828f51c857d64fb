#include "isthmus/schedule/random_order.hpp"

#include <bit>

namespace isthmus::schedule {
namespace {

// The finaliser of SplitMix64: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

RandomOrder::RandomOrder(std::uint64_t size, std::uint64_t key)
    : size_(size), column_bits_(static_cast<int>(std::bit_width(size - 1)) / 2) {
  rows_ = ((size - 1) >> column_bits_) + 1;
  for (std::uint64_t& round : keys_) round = mix(key += 0x9e3779b97f4a7c15ULL) | 1;
}

}  // namespace isthmus::schedule
