#pragma once
// What commands that run until somebody stops them have in common: their log and their signals. Main thread.

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace isthmus::app {

/// logfmt on standard error: one line an event, `key=value`, UTC.
void set_up_logging(const std::string& level);
/// `--log-level`
void add_log_level(CLI::App& command, std::string& level);

/// To be called before any thread starts, so that all inherit it and only the main thread ever takes a signal.
void block_signals();
/// SIGHUP calls `reload` on a thread of its own, once more if another one comes meanwhile. SIGINT and SIGTERM end it,
/// after a reload that is under way: `leave` has it wait for nobody else any more.
void run_until_stopped(const std::function<void()>& reload, const std::function<void()>& leave);

}  // namespace isthmus::app
