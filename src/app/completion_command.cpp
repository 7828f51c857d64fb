#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/tree/completion.hpp"
#include "app/tree/man_page.hpp"
#include "app/version.hpp"

namespace isthmus::app {
namespace {

int completion(const CLI::App& root, const std::string& shell) {
  const CommandInfo commands = describe(root);
  std::cout << (shell == "bash"  ? bash_completion(commands)
                : shell == "zsh" ? zsh_completion(commands)
                                 : fish_completion(commands))
            << std::flush;
  return std::cout ? kSuccess : fail("standard output cannot be written");
}

}  // namespace

void add_completion(CLI::App& root, Run& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = root.add_subcommand("completion", "Print what makes a shell complete commands and options");
  command->add_option("shell", *shell, "Which one")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Example: source <(isthmus completion bash)\n"
      "Example: isthmus completion fish > ~/.config/fish/completions/isthmus.fish");
  command->callback([shell, &root, &run] { run = [shell, &root] { return completion(root, *shell); }; });
}

void add_man(CLI::App& root, Run& run) {
  // The build asks for it; others have man isthmus.
  CLI::App* command = root.add_subcommand("man", "Print the man page in man(7)")->group("");
  command->footer("Example: isthmus man | man -l -");
  command->callback([&root, &run] {
    run = [&root] {
      std::cout << man_page(describe(root), kVersion) << std::flush;
      return std::cout ? kSuccess : fail("standard output cannot be written");
    };
  });
}

}  // namespace isthmus::app
