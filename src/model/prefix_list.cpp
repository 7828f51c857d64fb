#include "isthmus/model/prefix_list.hpp"

#include <algorithm>

namespace isthmus {
namespace {

constexpr std::string_view kBlank = " \t\r";

Result<Prefix> parse_entry(std::string_view entry) {
  if (entry.find('/') != std::string_view::npos) return Prefix::parse(entry);
  const auto address = IpAddress::parse(entry);
  if (!address) return address.error();
  return Prefix(*address, address->width());
}

}  // namespace

std::vector<ListedPrefix> read_prefix_list(std::string_view text) {
  std::vector<ListedPrefix> list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first == std::string_view::npos) continue;
    const std::string_view entry = line.substr(first, line.find_last_not_of(kBlank) + 1 - first);
    list.push_back({.line = number, .column = first + 1, .text = entry, .prefix = parse_entry(entry)});
  }
  return list;
}

}  // namespace isthmus
