#pragma once
// The subcommands. Each function adds one to the root and, when the user chose it, leaves in `run` what to do; main
// calls it after parsing. Exit codes: 0 fine, 1 failure, 2 usage.

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace isthmus::app {

using Run = std::function<int()>;

void add_monitor(CLI::App& root, Run& run);
void add_agent(CLI::App& root, Run& run);
void add_assign(CLI::App& root, Run& run);
void add_core(CLI::App& root, Run& run);
void add_check(CLI::App& root, Run& run);
void add_ping(CLI::App& root, Run& run);
void add_trace(CLI::App& root, Run& run);
void add_map(CLI::App& root, Run& run);
void add_data(CLI::App& root, Run& run);
void add_infer(CLI::App& root, Run& run);
void add_replay(CLI::App& root, Run& run);
void add_whatif(CLI::App& root, Run& run);
void add_status(CLI::App& root, Run& run);
void add_events(CLI::App& root, Run& run);
void add_history(CLI::App& root, Run& run);
void add_explain(CLI::App& root, Run& run);
void add_healthcheck(CLI::App& root, Run& run);
void add_completion(CLI::App& root, Run& run);
void add_man(CLI::App& root, Run& run);

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;

/// "isthmus: text" on standard error; returns kFailure, so that a command can end with it.
int fail(const std::string& text);

}  // namespace isthmus::app
