#pragma once
// Variables in text: ${NAME} is replaced by its value, $$ by a dollar. Values are not expanded again.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::config {

struct Expanded {
  std::string text;
  std::string what;  ///< The problem; empty when there is none.
  std::string mend;
};

[[nodiscard]] Expanded expand_variables(std::string_view text,
                                        const std::function<std::optional<std::string>(const std::string&)>& variable);

}  // namespace isthmus::config
