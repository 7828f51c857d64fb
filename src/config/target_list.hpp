#pragma once
// Collects targets from wherever they are listed. Names are unique and blocks limited over all of them.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/reader.hpp"
#include "config/values.hpp"
#include "isthmus/config/config.hpp"

namespace isthmus::config {

/// Adds up the blocks of all targets; notes once where there get to be too many.
class BlockBudget {
 public:
  void take(Reader& reader, const Placed<Prefix>& prefix);

 private:
  std::uint64_t used_{0};
};

class TargetList {
 public:
  /// `vantages`: how many share the quota of a target.
  explicit TargetList(std::size_t vantages) : vantages_(vantages) {}

  /// Notes in `reader`, whose file the target is in, what is wrong with it.
  void add(Reader& reader, const Value& value);
  [[nodiscard]] std::size_t size() const { return targets_.size(); }
  [[nodiscard]] std::vector<TargetConfig> take() && { return std::move(targets_); }

 private:
  const std::size_t vantages_;
  std::set<std::string> names_;
  BlockBudget budget_;
  std::vector<TargetConfig> targets_;
};

}  // namespace isthmus::config
