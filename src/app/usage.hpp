#pragma once
// Help and complaints about a command line, in place of CLI11's own. Main thread only.

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace isthmus::app {

/// Before any command is added: they inherit it.
void set_help(CLI::App& root);

/// Prints what was asked for (--help, --version), or what is wrong and what was perhaps meant; the exit code.
[[nodiscard]] int explain_usage(const CLI::App& root, const CLI::ParseError& error);

}  // namespace isthmus::app
