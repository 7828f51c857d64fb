#include "isthmus/schedule/random_order.hpp"

namespace isthmus::schedule {
namespace {

// The finaliser of SplitMix64: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

RandomOrder::RandomOrder(std::uint64_t size, std::uint64_t key) : size_(size), key_(mix(key + 0x9e3779b97f4a7c15ULL)) {
  while (half_bits_ < 31 && (std::uint64_t{1} << (2 * half_bits_)) < size) ++half_bits_;
}

std::uint64_t RandomOrder::at(std::uint64_t index) const {
  std::uint64_t value = index;
  do {
    value = permute(value);
  } while (value >= size_);
  return value;
}

std::uint64_t RandomOrder::permute(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    const std::uint64_t next = left ^ (mix(key_ + right + round * 0x9e3779b97f4a7c15ULL) & mask);
    left = right;
    right = next;
  }
  return (left << half_bits_) | right;
}

}  // namespace isthmus::schedule
