#include "app/survey_targets.hpp"

#include <algorithm>
#include <fstream>
#include <set>

namespace isthmus::app {
namespace {

std::uint64_t scramble(std::uint64_t value) {
  value = (value ^ (value >> 31)) * 0x9e3779b97f4a7c15ULL;
  return value ^ (value >> 29);
}

IpAddress host_of(const Prefix& prefix, std::uint64_t host) {
  if (prefix.family() == Family::ipv4) {
    return IpAddress::v4(prefix.address().v4_value() | static_cast<std::uint32_t>(host));
  }
  std::array<std::uint8_t, 16> bytes = prefix.address().bytes();
  for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] |= static_cast<std::uint8_t>(host >> (8 * i));
  return IpAddress::v6(bytes);
}

// Host numbers of one block: 1, then others. Network and broadcast address are left out where there is a choice.
std::set<std::uint64_t> hosts_of(const Prefix& place, std::size_t count) {
  const int bits = std::min(place.address().width() - place.length(), 62);
  if (bits == 0) return {0};
  const std::uint64_t size = std::uint64_t{1} << bits;
  const std::uint64_t usable = bits <= 1 ? size : size - 2;
  const std::uint64_t first = bits <= 1 ? 0 : 1;
  std::set<std::uint64_t> hosts{first};
  for (std::uint64_t i = 1; hosts.size() < std::min<std::uint64_t>(count, usable); ++i) {
    hosts.insert(first + scramble(i) % usable);
  }
  return hosts;
}

Error too_many() {
  return {ErrorCode::invalid_argument, "choose addresses",
          "more than " + std::to_string(kMaxSurveyTargets) + " in one survey; split it"};
}

Result<void> add_word(const std::string& word, std::size_t count, std::vector<IpAddress>& addresses) {
  if (const auto address = IpAddress::parse(word)) {
    addresses.push_back(*address);
  } else {
    const auto prefix = Prefix::parse(word);
    if (!prefix) return prefix.error();
    const auto inside = addresses_of(*prefix, count);
    if (!inside) return inside.error();
    addresses.insert(addresses.end(), inside->begin(), inside->end());
  }
  if (addresses.size() > kMaxSurveyTargets) return too_many();
  return {};
}

Result<void> add_file(const std::string& name, std::size_t count, std::vector<IpAddress>& addresses) {
  std::ifstream in(name);
  if (!in) {
    return Error{ErrorCode::not_found, "read " + name,
                 "is neither a prefix, nor an address, nor a file that can be read"};
  }
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    line.erase(std::min(line.find('#'), line.size()));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    const std::size_t end = line.find_last_not_of(" \t\r") + 1;
    const auto added = add_word(line.substr(begin, end - begin), count, addresses);
    if (!added) return Error{added.error().code, name + ":" + std::to_string(number), to_string(added.error())};
  }
  return {};
}

bool looks_like_address(const std::string& word) {
  return Prefix::parse(word).has_value() || IpAddress::parse(word).has_value() ||
         word.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string::npos;
}

}  // namespace

Result<std::vector<IpAddress>> addresses_of(const Prefix& prefix, std::size_t count) {
  const auto blocks = blocks_of(prefix, kMaxSurveyTargets);
  if (!blocks) return blocks.error();
  if (blocks->size() * count > kMaxSurveyTargets) return too_many();
  std::vector<IpAddress> addresses;
  addresses.reserve(blocks->size() * count);
  for (const Block& block : *blocks) {
    const Prefix& place = prefix.length() > block.prefix.length() ? prefix : block.prefix;
    for (const std::uint64_t host : hosts_of(place, count)) addresses.push_back(host_of(place, host));
  }
  return addresses;
}

Result<std::vector<IpAddress>> read_survey_targets(const std::vector<std::string>& words,
                                                   std::size_t addresses_in_block) {
  std::vector<IpAddress> addresses;
  for (const std::string& word : words) {
    const auto added = looks_like_address(word) && !std::ifstream(word) ? add_word(word, addresses_in_block, addresses)
                                                                        : add_file(word, addresses_in_block, addresses);
    if (!added) return added.error();
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  if (addresses.empty()) return Error{ErrorCode::invalid_argument, "choose addresses", "nothing to probe is listed"};
  return addresses;
}

}  // namespace isthmus::app
