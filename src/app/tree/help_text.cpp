#include "app/tree/help_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kHeadColumns = 25;
constexpr std::size_t kMostChoiceColumns = 24;  // of choices that stand in the head

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

bool shows_choices(const OptionInfo& option) {
  return !option.choices.empty() && joined(option.choices, "|").size() <= kMostChoiceColumns;
}

std::string value_of(const OptionInfo& option) {
  if (shows_choices(option)) return joined(option.choices, "|");
  return option.value;
}

// Two columns: the right one wrapped, and below the left one where that is long.
void add_row(std::string& text, const std::string& left, const std::string& right, std::size_t width) {
  const std::string head = "  " + left;
  const bool beside = columns(head) + 2 <= width;
  text += beside ? fit(head, width) : head + "\n" + std::string(width, ' ');
  bool first = true;
  for (const std::string& line : wrap(right, kHelpColumns - width)) {
    text += (first ? "" : std::string(width, ' ')) + line + "\n";
    first = false;
  }
}

void add_wrapped(std::string& text, std::string_view paragraph) {
  for (const std::string& line : wrap(paragraph, kHelpColumns)) text += line + "\n";
}

// Lines that were broken by hand are one paragraph, which an empty line ends, or a row of a table.
void add_paragraphs(std::string& text, const std::string& source) {
  constexpr std::size_t kLeft = 17;
  std::string paragraph;
  const auto finish = [&] {
    if (!paragraph.empty()) add_wrapped(text, one_line(paragraph));
    paragraph.clear();
  };
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const std::string line = source.substr(at, end - at);
    at = end + 1;
    if (const auto row = row_of(line)) {
      finish();
      add_row(text, row->first, row->second, kLeft);
    } else if (line.empty()) {
      finish();
      text += "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  finish();
}

// A command that is too long for the line goes on in the next one, as a shell takes it.
void add_example(std::string& text, const std::string& example) {
  constexpr std::string_view kHead = "Example: ";
  const std::string indent(kHead.size() + 4, ' ');
  bool first = true;
  const auto lines = wrap(example, kHelpColumns - indent.size() - 2);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (first ? std::string(kHead) : indent) + lines[i] + (i + 1 < lines.size() ? " \\\n" : "\n");
    first = false;
  }
}

void add_options(std::string& text, const CommandInfo& command, bool positional, const char* heading) {
  bool any = false;
  for (const OptionInfo& option : command.options) {
    if (option.is_positional() != positional) continue;
    if (!any) text += fmt::format("\n{}:\n", heading);
    any = true;
    add_row(text, option_head(option), option_text(option), kHeadColumns);
  }
}

}  // namespace

std::string option_head(const OptionInfo& option) {
  if (option.is_positional()) return value_of(option) + (option.repeated ? "..." : "");
  const bool only_long = option.names.size() == 1 && option.names.front().starts_with("--");
  std::string head = (only_long ? "    " : "") + joined(option.names, ", ");
  if (!option.value.empty()) head += " " + value_of(option) + (option.repeated ? "..." : "");
  return head;
}

std::string option_text(const OptionInfo& option) {
  std::string text = one_line(option.description);
  if (!option.choices.empty() && !shows_choices(option)) text += ": " + joined(option.choices, ", ");
  std::vector<std::string> notes;
  if (option.required && !option.is_positional()) notes.push_back("required");
  if (!option.limits.empty()) notes.push_back(option.limits);
  if (!option.needs.empty()) notes.push_back("with " + joined(option.needs, ", "));
  if (!option.excludes.empty()) notes.push_back("not with " + joined(option.excludes, ", "));
  if (!notes.empty()) text += " (" + joined(notes, "; ") + ")";
  if (!option.preset.empty() && option.preset != "false") text += " [" + option.preset + "]";
  return text;
}

std::string usage_of(const CommandInfo& command) {
  std::string usage = command.path;
  if (!command.commands.empty()) return usage + " COMMAND [options]";
  usage += " [options]";
  for (const OptionInfo& option : command.options) {
    if (!option.is_positional()) continue;
    const std::string word = option_head(option);
    usage += option.required ? " " + word : " [" + word + "]";
  }
  return usage;
}

std::string help_text(const CommandInfo& command) {
  std::string text;
  add_paragraphs(text, command.description);
  text += "\nUsage: " + usage_of(command) + "\n";
  add_options(text, command, true, "Arguments");
  add_options(text, command, false, "Options");
  if (!command.commands.empty()) text += "\nSubcommands:\n";
  for (const CommandInfo& sub : command.commands) add_row(text, sub.name, one_line(sub.description), 15);
  const Footer footer = footer_of(command);
  if (!footer.text.empty()) {
    text += "\n";
    add_paragraphs(text, footer.text);
  }
  if (!footer.examples.empty()) text += "\n";
  for (const std::string& example : footer.examples) add_example(text, example);
  return text;
}

std::string unknown_word(const CommandInfo& command, const std::string& word) {
  const bool is_option = word.starts_with("-");
  const std::string given = is_option ? word.substr(0, word.find('=')) : word;
  std::vector<std::string> known;
  for (const OptionInfo& option : command.options) {
    if (is_option) known.insert(known.end(), option.names.begin(), option.names.end());
  }
  for (const CommandInfo& sub : command.commands) {
    if (!is_option) known.push_back(sub.name);
  }
  std::string text = is_option                  ? "there is no option " + given
                     : command.commands.empty() ? "'" + given + "' is one word too many"
                                                : "there is no command '" + given + "'";
  if (const std::string meant = nearest(given, known); !meant.empty()) text += "; did you mean " + meant + "?";
  return text;
}

}  // namespace isthmus::app
