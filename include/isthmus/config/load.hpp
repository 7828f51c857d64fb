#pragma once
// Reads and validates a configuration file. Finds every problem in one go and starts nothing; any thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/config/config.hpp"

namespace isthmus::config {

/// One thing wrong, where it is, and how to mend it. Line and column count from 1.
struct Problem {
  std::string file;
  int line{1};
  int column{1};
  std::string what;
  std::string mend;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// "file:line:column: what; mend"
[[nodiscard]] std::string to_string(const Problem& problem);

/// What load() asks of the machine besides files; tests put their own in.
struct Environment {
  /// Value of an environment variable; nothing when unset.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<bool(const std::string& name)> netns_exists;
  std::function<bool(const std::string& name)> interface_exists;
  /// The text of a list of targets. Without it those behind an URL are left out, for commands that need no targets.
  std::function<Result<std::string>(const HttpTargetsConfig& source)> fetch{};
};

/// The process environment, /run/netns, and the interfaces of the calling thread's network namespace.
[[nodiscard]] Environment system_environment();

/// What became of one source of targets.
struct TargetSource {
  std::string name{};  ///< The pattern, or the URL without what may be secret.
  std::size_t targets{0};
  bool good{true};
};

struct LoadResult {
  std::optional<Config> config;         ///< Set exactly when there are no problems.
  std::vector<Problem> problems;        ///< In file order.
  std::vector<TargetSource> sources{};  ///< Of `targets_from`, in its order.
  std::string text{};                   ///< Of the file itself.
};

/// Never throws for anything that a file can hold. Paths in the file are relative to the file's folder.
[[nodiscard]] LoadResult load(const std::string& path, const Environment& environment = system_environment());

/// The same of a text that was read before: what other files and servers list is read anew, and the file itself, which
/// somebody may be editing, is not.
[[nodiscard]] LoadResult load_text(const std::string& path, const std::string& text,
                                   const Environment& environment = system_environment());

/// What a pattern of `targets_from` matches now, sorted.
[[nodiscard]] std::vector<std::string> matching_files(const std::string& pattern);
/// How a source is called in metrics and problems.
[[nodiscard]] std::string source_name(const HttpTargetsConfig& source);

struct AgentLoadResult {
  std::optional<AgentConfig> config;  ///< As above.
  std::vector<Problem> problems;
};

/// The file of an agent, in the same way.
[[nodiscard]] AgentLoadResult load_agent(const std::string& path,
                                         const Environment& environment = system_environment());

}  // namespace isthmus::config
