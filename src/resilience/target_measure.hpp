#pragma once
// What a whole target depends on, measured in as many pieces as one likes: a target of a hundred thousand blocks has
// millions of ways, and a snapshot must not wait for them all. The result does not depend on the pieces. Belongs to one
// thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "resilience/hegemony.hpp"

namespace isthmus::resilience {

class TargetMeasure {
 public:
  /// All of them before the first sum_up(). Null: nothing is known of the block.
  void add_block(const std::shared_ptr<const BlockWays>& ways);
  void add(const AlikeBlocks& alike) { blocks_.push_back(alike); }

  /// Takes in about `most` more ways and returns how many it were; less than `most` only when there are none left.
  std::size_t sum_up(std::size_t most);
  [[nodiscard]] bool done() const { return next_ == blocks_.size(); }
  [[nodiscard]] std::size_t ways() const { return ways_; }

  /// Once it is done. `name_of`: of an AS, empty when it has none.
  [[nodiscard]] TargetDiversity result(DiversityCache& cache, const std::function<std::string(Asn)>& name_of);

 private:
  void take_in(const AlikeBlocks& alike);

  std::vector<AlikeBlocks> blocks_;
  boost::unordered_flat_map<const BlockWays*, std::size_t> places_;
  std::size_t next_{0};
  std::size_t ways_{0};
  HegemonySum hegemony_;
  AsPaths as_paths_;
  std::vector<WayFlows> distinct_;                   // Each way once, while there are not too many:
  boost::unordered_flat_set<const Way*> collected_;  // the same, to look up,
  std::uint64_t router_hops_{0};                     // and their hops.
  std::uint32_t blocks_known_{0};
  std::uint32_t blocks_on_one_as_{0};
};

}  // namespace isthmus::resilience
