#pragma once
// "Did you mean ...?"

#include <optional>
#include <span>
#include <string_view>

namespace isthmus::config {

/// The known word that a misspelt one most likely stands for; nothing when none is near.
[[nodiscard]] std::optional<std::string_view> nearest_word(std::string_view word,
                                                           std::span<const std::string_view> known);

}  // namespace isthmus::config
