// What fails, as people write it, and what becomes of blocks, in words.

#include <algorithm>
#include <charconv>

#include "isthmus/resilience/whatif.hpp"

namespace isthmus::resilience {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<Asn> parse_asn(std::string_view text) {
  if (text.starts_with("AS") || text.starts_with("as")) text.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return Asn{number};
}

template <typename T>
void sort_once(std::vector<T>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

Result<Failure> parse_failure(std::string_view text) {
  Failure failure;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string_view word = trimmed(text.substr(from, comma - from));
    from = comma + 1;
    if (const auto asn = parse_asn(word)) {
      failure.ases.push_back(*asn);
    } else if (const auto address = IpAddress::parse(word)) {
      failure.routers.push_back(*address);
    } else {
      return Error{ErrorCode::invalid_argument, "read what fails",
                   "'" + std::string(word) +
                       "' is neither an AS number nor the address of a router; write for example AS4837, or "
                       "AS4837,AS20485, or 219.158.3.2"};
    }
  }
  sort_once(failure.ases);
  sort_once(failure.routers);
  return failure;
}

std::string to_string(const Failure& failure) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : ",") + word; };
  for (const Asn asn : failure.ases) add("AS" + to_string(asn));
  for (const IpAddress& router : failure.routers) add(to_string(router));
  return text;
}

const char* to_string(Fate fate) {
  switch (fate) {
    case Fate::dark: return "dark";
    case Fate::loses_redundancy: return "loses_redundancy";
    case Fate::keeps: return "keeps";
    case Fate::unaffected: return "unaffected";
    case Fate::not_known: return "not_known";
  }
  return "not_known";
}

std::optional<Fate> parse_fate(std::string_view text) {
  const auto* const found = std::ranges::find_if(kFates, [&](Fate fate) { return text == to_string(fate); });
  return found == kFates.end() ? std::nullopt : std::optional(*found);
}

}  // namespace isthmus::resilience
