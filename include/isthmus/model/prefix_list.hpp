#pragma once
// Lists of prefixes as people write them: deny lists, in the configuration and on the command line. Pure function; any
// thread.

#include <cstddef>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus {

struct ListedPrefix {
  std::size_t line{0};    ///< From 1 on,
  std::size_t column{0};  ///< as this.
  std::string_view text;  ///< As it stands there; lives as long as what was read.
  Result<Prefix> prefix;
};

/// One prefix (CIDR) or address, which stands for its /32 or /128, a line; what follows a `#` and blank lines count for
/// nothing. What is neither is there with its error.
[[nodiscard]] std::vector<ListedPrefix> read_prefix_list(std::string_view text);

}  // namespace isthmus
