#include "app/tree/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace isthmus::app {
namespace {

std::string words_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> option_names(const CommandInfo& command) {
  std::vector<std::string> names;
  for (const OptionInfo& option : command.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> command_names(const CommandInfo& command) {
  std::vector<std::string> names;
  for (const CommandInfo& sub : command.commands) names.push_back(sub.name);
  return names;
}

// Without the characters that mean something between quotes or brackets of a shell.
std::string described(const std::string& description) {
  std::string text;
  for (const char c : one_line(description)) {
    if (c == '\'' || c == '`' || c == '$' || c == '\\' || c == '"') continue;
    if (c == '[' || c == ']') continue;
    text += c == ':' ? ',' : c;
  }
  return text;
}

void for_each_command(const CommandInfo& command, const std::function<void(const CommandInfo&)>& visit) {
  visit(command);
  for (const CommandInfo& sub : command.commands) for_each_command(sub, visit);
}

// How bash finds what may stand behind an option.
std::string bash_values(const OptionInfo& option) {
  switch (kind_of(option)) {
    case ValueKind::choice: return fmt::format("words='{}'", words_of(option.choices));
    case ValueKind::file: return "files=1";
    case ValueKind::netns: return "words=$(ip netns list 2>/dev/null | cut -d' ' -f1)";
    case ValueKind::interface: return "words=$(ls /sys/class/net 2>/dev/null)";
    case ValueKind::none: return "words=";
  }
  return "";
}

std::string bash_case(const CommandInfo& command) {
  std::string text = fmt::format("    '{}')\n      case $before in\n", command.path);
  std::string arguments;
  for (const OptionInfo& option : command.options) {
    if (option.value.empty()) continue;
    if (option.is_positional()) {
      if (kind_of(option) != ValueKind::none) arguments = bash_values(option);
      continue;
    }
    std::string pattern = words_of(option.names);
    std::replace(pattern.begin(), pattern.end(), ' ', '|');
    text += fmt::format("        {}) {}; return_now=1 ;;\n", pattern, bash_values(option));
  }
  text += "      esac\n      if [ -z \"$return_now\" ]; then\n";
  text += fmt::format("        case $word in\n          -*) words='{}' ;;\n", words_of(option_names(command)));
  if (!command.commands.empty()) arguments = fmt::format("words='{}'", words_of(command_names(command)));
  if (!arguments.empty()) text += fmt::format("          *) {} ;;\n", arguments);
  return text + "        esac\n      fi ;;\n";
}

std::string zsh_value(const OptionInfo& option) {
  const std::string name = described(option.value.empty() ? "value" : option.value);
  switch (kind_of(option)) {
    case ValueKind::choice: return fmt::format(":{}:({})", name, words_of(option.choices));
    case ValueKind::file: return fmt::format(":{}:_files", name);
    case ValueKind::netns:
      return fmt::format(":{}:{{compadd -- $(ip netns list 2>/dev/null | cut -d\" \" -f1)}}", name);
    case ValueKind::interface: return fmt::format(":{}:{{compadd -- $(ls /sys/class/net 2>/dev/null)}}", name);
    case ValueKind::none: return fmt::format(":{}: ", name);
  }
  return "";
}

std::string zsh_function_name(const CommandInfo& command) {
  std::string name = "_" + command.path;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

std::string zsh_function(const CommandInfo& command) {
  std::string text = zsh_function_name(command) + "() {\n  local state line\n  _arguments -s -C";
  for (const OptionInfo& option : command.options) {
    if (option.is_positional()) {
      text += fmt::format(" \\\n    '{}{}'", option.repeated ? "*" : "", zsh_value(option));
      continue;
    }
    for (const std::string& name : option.names) {
      text += fmt::format(" \\\n    '{}{}[{}]{}'", option.repeated ? "*" : "", name, described(option.description),
                          option.value.empty() ? "" : zsh_value(option));
    }
  }
  if (command.commands.empty()) return text + "\n}\n\n";
  text += " \\\n    '1:command:->command' \\\n    '*::argument:->argument'\n  case $state in\n    command)\n";
  text += "      local -a commands=(";
  for (const CommandInfo& sub : command.commands) {
    text += fmt::format("\n        '{}:{}'", sub.name, described(sub.description));
  }
  text += ")\n      _describe command commands ;;\n    argument)\n      case $line[1] in\n";
  for (const CommandInfo& sub : command.commands) {
    text += fmt::format("        {}) {} ;;\n", sub.name, zsh_function_name(sub));
  }
  return text + "      esac ;;\n  esac\n}\n\n";
}

std::string fish_value(const OptionInfo& option) {
  switch (kind_of(option)) {
    case ValueKind::choice: return fmt::format(" -x -a '{}'", words_of(option.choices));
    case ValueKind::file: return " -r -F";
    case ValueKind::netns: return " -x -a '(ip netns list 2>/dev/null | string split -f1 \" \")'";
    case ValueKind::interface: return " -x -a '(command ls /sys/class/net 2>/dev/null)'";
    case ValueKind::none: return " -x";
  }
  return "";
}

// When the command and none of its own commands has been given.
std::string fish_condition(const CommandInfo& command, bool is_root) {
  std::string condition = is_root ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + command.name;
  if (!is_root && !command.commands.empty()) {
    condition += "; and not __fish_seen_subcommand_from " + words_of(command_names(command));
  }
  return condition;
}

std::string fish_lines(const CommandInfo& command, bool is_root) {
  const std::string head = fmt::format("complete -c isthmus -n '{}'", fish_condition(command, is_root));
  std::string text;
  for (const CommandInfo& sub : command.commands) {
    text += fmt::format("{} -a {} -d '{}'\n", head, sub.name, described(sub.description));
  }
  for (const OptionInfo& option : command.options) {
    if (option.is_positional()) {
      if (kind_of(option) == ValueKind::file) text += head + " -F\n";
      if (kind_of(option) == ValueKind::choice) text += fmt::format("{} -a '{}'\n", head, words_of(option.choices));
      continue;
    }
    text += head;
    for (const std::string& name : option.names) {
      text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) text += fish_value(option);
    text += fmt::format(" -d '{}'\n", described(option.description));
  }
  return text;
}

}  // namespace

ValueKind kind_of(const OptionInfo& option) {
  if (!option.choices.empty()) return ValueKind::choice;
  if (option.value == "FILE") return ValueKind::file;
  if (option.value == "NETNS") return ValueKind::netns;
  return option.value == "INTERFACE" ? ValueKind::interface : ValueKind::none;
}

std::string bash_completion(const CommandInfo& root) {
  std::string text =
      "# bash completion for isthmus, made by `isthmus completion bash`:\n"
      "#   source <(isthmus completion bash)\n"
      "_isthmus() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local path=isthmus words= files= return_now= i\n"
      "  # bash cuts --option=value into three words.\n"
      "  if [ \"$word\" = '=' ]; then word=; elif [ \"$before\" = '=' ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n";
  std::string cases;
  for_each_command(root, [&](const CommandInfo& command) {
    if (command.path != root.path) text += fmt::format("      '{0}') path='{0}' ;;\n", command.path);
    cases += bash_case(command);
  });
  return text + "    esac\n  done\n  case $path in\n" + cases +
         "  esac\n"
         "  COMPREPLY=()\n"
         "  if [ -n \"$files\" ]; then\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
         "  else\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "  fi\n"
         "}\n"
         "complete -F _isthmus isthmus\n";
}

std::string zsh_completion(const CommandInfo& root) {
  std::string text =
      "#compdef isthmus\n"
      "# zsh completion for isthmus, made by `isthmus completion zsh`; put it into a folder of $fpath as _isthmus, or\n"
      "#   source <(isthmus completion zsh)\n"
      "compdef _isthmus isthmus\n\n";
  for_each_command(root, [&](const CommandInfo& command) { text += zsh_function(command); });
  return text + "if [ \"$funcstack[1]\" = _isthmus ]; then _isthmus \"$@\"; fi\n";
}

std::string fish_completion(const CommandInfo& root) {
  std::string text =
      "# fish completion for isthmus, made by `isthmus completion fish`:\n"
      "#   isthmus completion fish > ~/.config/fish/completions/isthmus.fish\n"
      "complete -c isthmus -f\n";
  for_each_command(root, [&](const CommandInfo& command) { text += fish_lines(command, command.path == root.path); });
  return text;
}

}  // namespace isthmus::app
