#include "isthmus/schedule/deny_list.hpp"

#include <algorithm>
#include <string>

#include "isthmus/model/prefix_list.hpp"

namespace isthmus::schedule {
namespace {

IpAddress last_address(const Prefix& prefix) {
  std::array<std::uint8_t, 16> bytes = prefix.address().bytes();
  for (int bit = prefix.length(); bit < prefix.address().width(); ++bit) {
    bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> (bit % 8));
  }
  if (!prefix.address().is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                       (std::uint32_t{bytes[2]} << 8) | std::uint32_t{bytes[3]});
}

}  // namespace

DenyList::DenyList() {
  ranges_.reserve(8);
  for (const Prefix& prefix :
       {Prefix(IpAddress::v4(0), 8), Prefix(IpAddress::v4(0xE0000000), 4), Prefix(IpAddress::v4(0xF0000000), 4),
        Prefix(IpAddress::v6({}), 128), Prefix(IpAddress::v6({0xff}), 8)}) {
    ranges_.push_back({prefix.address(), last_address(prefix)});
  }
  merge();
}

Result<DenyList> DenyList::parse(std::string_view text, std::string_view name) {
  DenyList list;
  for (const ListedPrefix& listed : read_prefix_list(text)) {
    if (!listed.prefix) {
      return Error{ErrorCode::parse_failed, "read deny list",
                   std::string(name) + ":" + std::to_string(listed.line) + ": " + listed.prefix.error().detail +
                       "; write one address or CIDR a line"};
    }
    list.ranges_.push_back({listed.prefix->address(), last_address(*listed.prefix)});
  }
  list.merge();
  return list;
}

void DenyList::add(const Prefix& prefix) {
  ranges_.push_back({prefix.address(), last_address(prefix)});
  merge();
}

void DenyList::add(const DenyList& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  merge();
}

bool DenyList::contains(const IpAddress& address) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const IpAddress& a, const Range& r) { return a < r.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

// Overlapping ranges would let the binary search look at the wrong one.
void DenyList::merge() {
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const Range& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().last) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

}  // namespace isthmus::schedule
