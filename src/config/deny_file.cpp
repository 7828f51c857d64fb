#include "config/deny_file.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace isthmus::config {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::size_t kQuoted = 60;

// An address alone stands for its /32 or /128.
Result<Prefix> parse_entry(std::string_view entry) {
  if (entry.find('/') != std::string_view::npos) return Prefix::parse(entry);
  const auto address = IpAddress::parse(entry);
  if (!address) return address.error();
  return Prefix(*address, address->width());
}

}  // namespace

void parse_deny_file(std::string_view text, const std::string& file, std::vector<Prefix>& deny,
                     std::vector<Problem>& problems) {
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos) continue;
    const std::string_view entry = line.substr(first, line.find_last_not_of(kBlank) + 1 - first);
    const auto prefix = parse_entry(entry);
    if (prefix) {
      deny.push_back(*prefix);
    } else {
      problems.push_back({file, number, static_cast<int>(first) + 1,
                          "'" + std::string(entry.substr(0, kQuoted)) +
                              "' is neither a prefix nor an address: " + prefix.error().detail,
                          "write one such as 192.0.2.0/24 a line"});
    }
  }
}

}  // namespace isthmus::config
