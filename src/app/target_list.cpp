#include "app/target_list.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace isthmus::app {
namespace {

Result<void> read(std::istream& in, const std::string& file, std::vector<std::string>& targets) {
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string target;
    std::string more;
    if (!(words >> target)) continue;
    if (words >> more) {
      return Error{ErrorCode::parse_failed, file + ":" + std::to_string(number),
                   "'" + more + "' follows the target; write one address or name a line"};
    }
    targets.push_back(target);
  }
  return {};
}

}  // namespace

Result<void> read_target_list(const std::string& file, std::vector<std::string>& targets) {
  if (file == "-") return read(std::cin, "standard input", targets);
  std::ifstream in(file);
  if (!in) return Error{ErrorCode::not_found, "read targets from " + file, "it cannot be read"};
  return read(in, file, targets);
}

}  // namespace isthmus::app
