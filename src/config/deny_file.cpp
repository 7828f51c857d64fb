#include "config/deny_file.hpp"

#include <cstddef>

#include "isthmus/model/prefix_list.hpp"

namespace isthmus::config {
namespace {

constexpr std::size_t kQuoted = 60;

}  // namespace

void parse_deny_file(std::string_view text, const std::string& file, std::vector<Prefix>& deny,
                     std::vector<Problem>& problems) {
  for (const ListedPrefix& listed : read_prefix_list(text)) {
    if (listed.prefix) {
      deny.push_back(*listed.prefix);
    } else {
      problems.push_back({file, static_cast<int>(listed.line), static_cast<int>(listed.column),
                          "'" + std::string(listed.text.substr(0, kQuoted)) +
                              "' is neither a prefix nor an address: " + listed.prefix.error().detail,
                          "write one such as 192.0.2.0/24 a line"});
    }
  }
}

}  // namespace isthmus::config
