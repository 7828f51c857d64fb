#pragma once
// Reads the Prometheus text format, so that two texts can be compared by what they say.

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::test {

struct Exposition {
  struct Series {
    std::string name;
    std::map<std::string, std::string> labels;
    double value{0};
  };
  std::vector<std::string> comments;  ///< HELP and TYPE, in order.
  std::vector<Series> series;
  std::vector<std::string> bad_lines;
};

// One label, `name="value"`, from the start of `rest`; false when there is none.
inline bool take_label(std::string_view& rest, std::pair<std::string, std::string>& label) {
  const std::size_t equals = rest.find("=\"");
  if (equals == std::string_view::npos) return false;
  label = {std::string(rest.substr(0, equals)), ""};
  rest.remove_prefix(equals + 2);
  for (; !rest.empty() && rest.front() != '"'; rest.remove_prefix(1)) {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
      label.second += rest.front() == 'n' ? '\n' : rest.front();
    } else {
      label.second += rest.front();
    }
  }
  if (rest.empty()) return false;
  rest.remove_prefix(1);
  return true;
}

inline bool take_series(std::string_view line, Exposition::Series& series) {
  const std::size_t name = line.find_first_of("{ ");
  if (name == std::string_view::npos || name == 0) return false;
  series.name = line.substr(0, name);
  line.remove_prefix(name);
  if (line.front() == '{') {
    line.remove_prefix(1);
    std::pair<std::string, std::string> label;
    while (take_label(line, label)) {
      if (!series.labels.insert(label).second) return false;
      if (line.starts_with(',')) line.remove_prefix(1);
      if (line.starts_with('}')) break;
    }
    if (!line.starts_with('}')) return false;
    line.remove_prefix(1);
  }
  if (!line.starts_with(' ')) return false;
  const std::string number(line.substr(1));
  char* end = nullptr;
  series.value = std::strtod(number.c_str(), &end);
  return !number.empty() && *end == '\0';
}

inline Exposition read_exposition(const std::string& text) {
  Exposition read;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    Exposition::Series series;
    if (line.starts_with("# ")) {
      read.comments.push_back(line);
    } else if (take_series(line, series)) {
      read.series.push_back(std::move(series));
    } else {
      read.bad_lines.push_back(line);
    }
  }
  return read;
}

}  // namespace isthmus::test
