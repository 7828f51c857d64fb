#pragma once
// Every router on a way, by number: a way then takes four bytes a hop, which matters as there may be millions of ways.
// Grows, and only by the thread that owns the table of ways; what was added before a snapshot was published may be read
// by any thread that has the snapshot, as nothing that was added ever moves or changes.

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "isthmus/resilience/diversity.hpp"

namespace isthmus::resilience {

class RouterPool {
 public:
  using Number = std::uint32_t;

  /// Nothing when the pool is full: sixteen million.
  std::optional<Number> number_of(const Router& router) {
    const auto found = numbers_.find(router);
    if (found != numbers_.end()) return found->second;
    if (size_ == kMost) return std::nullopt;
    if (size_ % kChunk == 0) chunks_[size_ / kChunk] = std::make_unique<Chunk>();
    (*chunks_[size_ / kChunk])[size_ % kChunk] = router;
    numbers_.emplace(router, size_);
    return size_++;
  }
  [[nodiscard]] const Router& at(Number number) const { return (*chunks_[number / kChunk])[number % kChunk]; }

 private:
  static constexpr std::size_t kChunk = 4096;
  static constexpr std::size_t kChunks = 4096;
  static constexpr Number kMost = kChunk * kChunks;
  using Chunk = std::array<Router, kChunk>;
  struct Hash {
    std::size_t operator()(const Router& router) const noexcept {
      return std::hash<IpAddress>{}(router.address) ^ (std::size_t{router.asn.number} * 0x9E3779B97F4A7C15U);
    }
  };

  std::array<std::unique_ptr<Chunk>, kChunks> chunks_{};
  boost::unordered_flat_map<Router, Number, Hash> numbers_;
  Number size_{0};
};

}  // namespace isthmus::resilience
