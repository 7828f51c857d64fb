#pragma once
// Reads and validates a configuration file. Finds every problem in one go and starts nothing; any thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

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
};

/// The process environment, /run/netns, and the interfaces of the calling thread's network namespace.
[[nodiscard]] Environment system_environment();

struct LoadResult {
  std::optional<Config> config;   ///< Set exactly when there are no problems.
  std::vector<Problem> problems;  ///< In file order.
};

/// Never throws for anything that a file can hold. Paths in the file are relative to the file's folder.
[[nodiscard]] LoadResult load(const std::string& path, const Environment& environment = system_environment());

struct AgentLoadResult {
  std::optional<AgentConfig> config;  ///< As above.
  std::vector<Problem> problems;
};

/// The file of an agent, in the same way.
[[nodiscard]] AgentLoadResult load_agent(const std::string& path,
                                         const Environment& environment = system_environment());

}  // namespace isthmus::config
