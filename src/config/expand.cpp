#include "config/expand.hpp"

#include <algorithm>
#include <cstddef>

namespace isthmus::config {
namespace {

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

Expanded expand_variables(std::string_view text,
                          const std::function<std::optional<std::string>(const std::string&)>& variable) {
  Expanded result;
  while (true) {
    const std::size_t dollar = text.find('$');
    result.text += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result.text += '$';
      text.remove_prefix(2);
      continue;
    }
    const std::size_t close = text.find('}');
    const bool is_braced = text.starts_with("${") && close != std::string_view::npos;
    const std::string name(is_braced ? text.substr(2, close - 2) : std::string_view{});
    if (!is_variable_name(name)) {
      result.what = "'$' does not start a variable here";
      result.mend = "write ${NAME} for a variable, $$ for a dollar";
      return result;
    }
    const auto value = variable(name);
    if (!value) {
      result.what = "the environment variable " + name + " is not set";
      result.mend = "set it, or write its value here";
      return result;
    }
    result.text += *value;
    text.remove_prefix(close + 1);
  }
}

}  // namespace isthmus::config
