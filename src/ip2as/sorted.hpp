#pragma once
// Sorted vectors without repetitions, which serve as small sets.

#include <algorithm>
#include <vector>

namespace isthmus::ip2as {

template <typename T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  // Not std::ranges::unique: Clang 14, which fuzzes this, does not know what it returns.
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace isthmus::ip2as
