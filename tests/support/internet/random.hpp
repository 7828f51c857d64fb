#pragma once
// Randomness that is the same on every machine: SplitMix64 (Steele, Lea, Flood 2014) and hashes made of its finaliser.
// The distributions of the standard library differ between implementations, and so do log and pow; neither is used.
//
// Random is for building, where one draw follows another. hash_of() is for everything that is asked in any order
// (what one probe meets): the answer depends on what is asked about alone. One thread owns a Random.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace isthmus::testing::internet {

[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9U;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// A number that depends on the seed and on every part, and on the order of the parts.
template <typename... Parts>
[[nodiscard]] constexpr std::uint64_t hash_of(std::uint64_t seed, Parts... parts) {
  std::uint64_t hash = mixed(seed + 0x9E3779B97F4A7C15U);
  ((hash = mixed(hash + 0x9E3779B97F4A7C15U + static_cast<std::uint64_t>(parts))), ...);
  return hash;
}

/// Whether a thing of this probability (0 to 1) happens, for a uniformly distributed hash.
[[nodiscard]] constexpr bool happens(std::uint64_t hash, double probability) {
  return static_cast<double>(hash >> 11) * 0x1.0p-53 < probability;
}

/// A number from 0 to bound - 1. Precondition: bound > 0.
[[nodiscard]] constexpr std::uint32_t below(std::uint64_t hash, std::uint32_t bound) {
  return static_cast<std::uint32_t>(((hash >> 32) * bound) >> 32);
}

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15U); }
  constexpr bool chance(double probability) { return happens(next(), probability); }
  /// From 0 to bound - 1. Precondition: bound > 0.
  constexpr std::uint32_t below(std::uint32_t bound) { return internet::below(next(), bound); }
  /// Both ends included.
  constexpr std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  /// An index, each as likely as its weight says. Precondition: a weight is positive.
  std::size_t weighted(std::span<const double> weights) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    double rest = static_cast<double>(next() >> 11) * 0x1.0p-53 * sum;
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
      if (rest < weights[i]) return i;
      rest -= weights[i];
    }
    return weights.size() - 1;
  }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[below(static_cast<std::uint32_t>(items.size()))];
  }
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace isthmus::testing::internet
