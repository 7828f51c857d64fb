#include "app/usage.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/tree/help_text.hpp"

namespace isthmus::app {
namespace {

class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    return help_text(describe(*app));
  }
};

// The command that was being read when it went wrong.
const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.back());
}

// The first word that nobody wanted; an option before its value.
std::string unwanted(const CLI::App& command) {
  const auto words = command.remaining();
  for (const std::string& word : words) {
    if (word.starts_with("-") && word != "-") return word;
  }
  return words.empty() ? "" : words.front();
}

std::string what_is_wrong(const CLI::App& command, const CLI::ParseError& error) {
  const auto is = [&](CLI::ExitCodes code) { return error.get_exit_code() == static_cast<int>(code); };
  const bool is_missing = is(CLI::ExitCodes::RequiredError);
  if (const std::string word = unwanted(command); !word.empty() && (is_missing || is(CLI::ExitCodes::ExtrasError))) {
    return unknown_word(describe(command), word);
  }
  if (is_missing && command.get_require_subcommand_min() > 0) return "say which command";
  return error.what();
}

}  // namespace

void set_help(CLI::App& root) { root.formatter(std::make_shared<HelpFormatter>()); }

int explain_usage(const CLI::App& root, const CLI::ParseError& error) {
  // --help and --version arrive as "errors" with status 0.
  if (error.get_exit_code() == 0) return root.exit(error);
  const CLI::App& command = deepest(root);
  const CommandInfo info = describe(command);
  std::cerr << info.path << ": " << what_is_wrong(command, error) << "\n"
            << info.path << " --help tells " << (info.commands.empty() ? "every option" : "the commands") << std::endl;
  return kUsage;
}

}  // namespace isthmus::app
