#pragma once
// On which part of the ways to a target each AS is, summed up block by block: of the largest targets there are millions
// of ways. Belongs to one thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <vector>

#include "resilience/diversity.hpp"

namespace isthmus::resilience {

class HegemonySum {
 public:
  void add(const AlikeBlocks& alike);
  /// Vantage ASes with a known way.
  [[nodiscard]] std::uint32_t vantage_ases() const { return static_cast<std::uint32_t>(sent_.size()); }
  /// Of every AS on a known way, highest first.
  [[nodiscard]] std::vector<Hegemony> scores() const;

 private:
  // What one vantage AS sends to all blocks, one for each block with a known way.
  struct Sent {
    double blocks{0};
    boost::unordered_flat_map<Asn, double, std::hash<Asn>> through;
  };
  std::map<Asn, Sent> sent_;
};

}  // namespace isthmus::resilience
