#include "isthmus/ip2as/file_report.hpp"

#include <algorithm>
#include <numeric>

namespace isthmus::ip2as {

std::string to_string(const FileProblem& problem, bool by_offset) {
  const std::string at = std::to_string(problem.line);
  return problem.file + (by_offset ? ": byte " + at : ":" + at) + ": " + problem.why;
}

std::uint64_t LoadReport::records() const {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const FileReport& file) { return sum + file.records; });
}

std::uint64_t LoadReport::bad() const {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const FileReport& file) { return sum + file.bad; });
}

const FileReport* LoadReport::first_cut() const {
  const auto found = std::ranges::find_if(files, &FileReport::cut);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace isthmus::ip2as
