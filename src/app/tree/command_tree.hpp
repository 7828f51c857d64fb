#pragma once
// The commands as values: what help, completion, the man page and "did you mean" are made from, so that none of them
// can tell of an option that is not there. Pure functions of what CLI11 was told; main thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace isthmus::app {

struct OptionInfo {
  std::vector<std::string> names{};    ///< "-c", "--count"; empty for a positional.
  std::string value{};                 ///< What it takes: "FILE", "DURATION", "N"; empty for a flag.
  std::vector<std::string> choices{};  ///< When it takes one of these.
  std::string limits{};                ///< "1 to 64"
  std::string preset{};                ///< What holds when it is not given.
  std::string description{};
  std::vector<std::string> needs{};
  std::vector<std::string> excludes{};
  bool required{false};
  bool repeated{false};

  [[nodiscard]] bool is_positional() const { return names.empty(); }
  /// The long name, if it has one.
  [[nodiscard]] std::string_view name() const { return names.empty() ? value : names.back(); }
};

struct CommandInfo {
  std::string path{};  ///< "isthmus ping"
  std::string name{};
  std::string description{};
  std::string footer{};               ///< Paragraphs, then lines that begin with "Example: ".
  std::vector<OptionInfo> options{};  ///< In the order in which they were added; positionals among them.
  std::vector<CommandInfo> commands{};
};

[[nodiscard]] CommandInfo describe(const CLI::App& app);

/// The candidate that differs least from the word, if it is likely to be meant; empty otherwise.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "A; B\nC" as one line.
[[nodiscard]] std::string one_line(std::string_view text);

/// "  registry       files of the registries" as its two columns; nothing for a line that is text.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> row_of(std::string_view line);

/// What stands in a footer: paragraphs, and the command lines of the examples.
struct Footer {
  std::string text;
  std::vector<std::string> examples;
};
[[nodiscard]] Footer footer_of(const CommandInfo& command);

}  // namespace isthmus::app
