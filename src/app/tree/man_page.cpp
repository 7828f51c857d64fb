#include "app/tree/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/text_columns.hpp"
#include "app/tree/help_text.hpp"
#include "app/tree/man_sections.hpp"

namespace isthmus::app {
namespace {

// Text in which nothing means anything to troff.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '"': result += "\\(dq"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      case '`': result += "\\(ga"; break;
      default: result += c;
    }
  }
  // At the start of a line a full stop would be a request.
  return result.starts_with('.') ? "\\&" + result : result;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), ::toupper);
  return text;
}

std::string paragraphs(const std::string& source) {
  std::string text;
  bool pending = false;
  bool in_table = false;
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    const std::string line = source.substr(at, end - at);
    at = end + 1;
    if (const auto row = row_of(line)) {
      text += fmt::format(".TP\n.B {}\n{}\n", escaped(row->first), escaped(row->second));
      in_table = true;
      continue;
    }
    pending = pending || in_table || line.empty();
    in_table = false;
    if (line.empty()) continue;
    if (pending && !text.empty()) text += ".PP\n";
    pending = false;
    text += escaped(one_line(line)) + "\n";
  }
  return text;
}

std::string option_entry(const OptionInfo& option) {
  return fmt::format(".TP\n.B {}\n{}\n", escaped(one_line(option_head(option))), escaped(option_text(option)));
}

// A shell takes a line that ends in a backslash on, and nobody's screen is wider.
std::string example(const std::string& command) {
  constexpr std::size_t kRoom = 60;
  std::string text = ".PP\n.nf\n.RS\n";
  const auto lines = wrap(command, kRoom);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : "    ") + escaped(lines[i]) + (i + 1 < lines.size() ? " \\e\n" : "\n");
  }
  return text + ".RE\n.fi\n";
}

std::string command_section(const CommandInfo& command) {
  std::string text = fmt::format(".SS {}\n{}.PP\n.B {}\n", escaped(command.path), paragraphs(command.description),
                                 escaped(usage_of(command)));
  for (const OptionInfo& option : command.options) {
    if (option.name() != "--help") text += option_entry(option);
  }
  const Footer footer = footer_of(command);
  if (!footer.text.empty()) text += ".PP\n" + paragraphs(footer.text);
  for (const std::string& line : footer.examples) text += example(line);
  for (const CommandInfo& sub : command.commands) text += command_section(sub);
  return text;
}

}  // namespace

std::string man_page(const CommandInfo& root, std::string_view version) {
  std::string text = ".\\\" Made by isthmus itself from its commands and from src/app/tree/man_sections.hpp.\n";
  text += fmt::format(".TH {} 1 {} \"isthmus {}\" \"User Commands\"\n", upper(root.name), kManDate, escaped(version));
  text += fmt::format(".SH NAME\n{} \\- {}\n", root.name, kManSummary);
  text +=
      fmt::format(".SH SYNOPSIS\n.B {}\n.I COMMAND\n.RI [ options ]\n.PP\n.B {} \\-\\-help\n", root.name, root.name);
  text += ".SH DESCRIPTION\n" + paragraphs(root.description);
  text += kManDescription;
  text += ".SH COMMANDS\n";
  for (const CommandInfo& command : root.commands) text += command_section(command);
  return text.append(kManSections);
}

}  // namespace isthmus::app
