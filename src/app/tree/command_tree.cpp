#include "app/tree/command_tree.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>

namespace isthmus::app {
namespace {

constexpr std::string_view kExample = "Example: ";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string between(std::string_view text, char open, char close) {
  const std::size_t begin = text.find(open);
  const std::size_t end = text.find(close, begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return "";
  return std::string(text.substr(begin + 1, end - begin - 1));
}

// CLI11 tells a type and its checks in one text: "TEXT:{udp,icmp,tcp}", "UINT:INT in [1 - 64]".
void read_type(const std::string& type, OptionInfo& info) {
  const std::size_t colon = type.find(':');
  info.value = type.substr(0, colon);
  if (info.value == "INT" || info.value == "UINT" || info.value == "FLOAT") info.value = "N";
  if (colon == std::string::npos) return;
  const std::string check = type.substr(colon + 1);
  if (const std::string set = between(check, '{', '}'); !set.empty()) info.choices = split(set, ',');
  info.limits = between(check, '[', ']');
  if (const std::size_t dash = info.limits.find(" - "); dash != std::string::npos) info.limits.replace(dash, 3, " to ");
}

// What options of one name take in every command that has them and says no more than that it is a text.
std::string value_by_name(const std::string& name) {
  static const std::map<std::string, const char*> kValues{{"block", "PREFIX"},
                                                          {"config", "FILE"},
                                                          {"deny", "FILE"},
                                                          {"event", "EVENT-ID"},
                                                          {"file", "FILE"},
                                                          {"interface", "INTERFACE"},
                                                          {"ip2as", "FILE"},
                                                          {"listen", "ADDRESS:PORT"},
                                                          {"netns", "NETNS"},
                                                          {"ping-interval", "DURATION"},
                                                          {"reorder", "DURATION"},
                                                          {"since", "TIME"},
                                                          {"source", "ADDRESS"},
                                                          {"state", "FILE"},
                                                          {"store", "FILE"},
                                                          {"target", "NAME"},
                                                          {"targets", "TARGET"},
                                                          {"timeout", "DURATION"},
                                                          {"trace-interval", "DURATION"},
                                                          {"url", "URL"},
                                                          {"vantage", "NAME"}};
  const auto known = kValues.find(name);
  return known == kValues.end() ? "" : known->second;
}

std::vector<std::string> names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  std::sort(names.begin(), names.end());
  return names;
}

OptionInfo describe(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) read_type(option.get_type_name(), info);
  info.preset = option.get_default_str();
  info.description = option.get_description();
  info.needs = names_of(option.get_needs());
  info.excludes = names_of(option.get_excludes());
  info.required = option.get_required();
  info.repeated = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  if (info.value == "TEXT" || (option.get_positional() && info.value == "N")) {
    const std::string name = option.get_positional() ? option.get_name(true, false) : option.get_lnames().back();
    if (const std::string better = value_by_name(name); !better.empty()) info.value = better;
  }
  return info;
}

void add_options(const CLI::App& app, CommandInfo& info) {
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    const bool again = app.get_name().empty() && option == app.get_help_ptr();  // each group has it, too
    if (!again) info.options.push_back(describe(*option));
  }
  // Groups of options are apps without a name.
  for (const CLI::App* group : app.get_subcommands([](const CLI::App* sub) { return sub->get_name().empty(); })) {
    add_options(*group, info);
  }
}

std::string path_of(const CLI::App& app) {
  const std::string name = app.get_name();
  return app.get_parent() == nullptr ? name : path_of(*app.get_parent()) + " " + name;
}

// Damerau's distance: one letter more, less, other, or two that changed places, is one step.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) steps[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) steps[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = a[i - 1] == b[j - 1] ? 0 : 1;
      steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, steps[i - 1][j - 1] + other});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
      }
    }
  }
  return steps[a.size()][b.size()];
}

}  // namespace

CommandInfo describe(const CLI::App& app) {
  CommandInfo info;
  info.path = path_of(app);
  info.name = app.get_name();
  info.description = app.get_description();
  info.footer = app.get_footer();
  add_options(app, info);
  for (const CLI::App* sub : app.get_subcommands({})) {
    // Without a group a command is there but not told of.
    if (!sub->get_name().empty() && !sub->get_group().empty()) info.commands.push_back(describe(*sub));
  }
  return info;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    // Whoever stops early means what he has begun.
    const bool begun = word.size() > 3 && candidate.starts_with(word);
    const std::size_t steps = begun ? 1 : distance(word, candidate);
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const char next = c == '\n' ? ' ' : c;
    if (next != ' ' || (!line.empty() && line.back() != ' ')) line += next;
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::optional<std::pair<std::string, std::string>> row_of(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || begin < 2) return std::nullopt;
  const std::size_t gap = line.find("  ", begin);
  if (gap == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(line.substr(begin, gap - begin)), one_line(line.substr(gap)));
}

Footer footer_of(const CommandInfo& command) {
  Footer footer;
  for (std::string& line : split(command.footer, '\n')) {
    if (line.starts_with(kExample)) {
      footer.examples.push_back(line.substr(kExample.size()));
    } else if (!footer.examples.empty() && line.starts_with("  ")) {
      // Examples in a row, as they were written first.
      footer.examples.push_back(one_line(line.substr(line.find_first_not_of(' '))));
    } else {
      footer.text += line + "\n";
    }
  }
  footer.text.erase(footer.text.find_last_not_of('\n') + 1);
  return footer;
}

}  // namespace isthmus::app
