#include "app/config_problems.hpp"

namespace isthmus::app {

Error problems_error(const std::string& file, const std::vector<config::Problem>& problems) {
  std::string lines;
  for (const config::Problem& problem : problems) lines += "\n" + to_string(problem);
  const bool one = problems.size() == 1;
  return {ErrorCode::parse_failed, "read " + file,
          (one ? "there is a problem" : "there are " + std::to_string(problems.size()) + " problems") + lines};
}

}  // namespace isthmus::app
