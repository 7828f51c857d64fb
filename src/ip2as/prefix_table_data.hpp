#pragma once
// What a PrefixTable holds; shared by the table, which reads it, and the builder, which fills it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ip2as/interval_map.hpp"
#include "ip2as/sorted.hpp"
#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::ip2as {

/// Each AS once, with its name in one long string: tens of thousands of small strings would be scattered. Each set of
/// ASes that share a prefix once as well.
class OriginTable {
 public:
  /// The index of the AS, taken in if it is new.
  [[nodiscard]] OriginIndex intern(Asn asn) {
    if (origins_[last_].asn == asn) return last_;  // Sources list neighbours of one AS in a row.
    const auto [entry, is_new] = index_.try_emplace(asn.number, static_cast<OriginIndex>(origins_.size()));
    if (is_new) origins_.push_back(Entry{.asn = asn});
    return last_ = entry->second;
  }
  /// The index of several ASes in this order, none of them twice.
  [[nodiscard]] OriginIndex intern(std::span<const Asn> asns) {
    if (asns.size() == 1) return intern(asns.front());
    const auto [entry, is_new] = sets_.try_emplace({asns.begin(), asns.end()}, OriginIndex{0});
    if (!is_new) return entry->second;
    Entry set{.asn = asns.front(), .others = static_cast<std::uint32_t>(asns.size() - 1), .first = members_.size()};
    // The members twice over, without the last: whichever is picked, the others follow it in one piece.
    members_.insert(members_.end(), asns.begin(), asns.end());
    members_.insert(members_.end(), asns.begin(), asns.end() - 1);
    entry->second = static_cast<OriginIndex>(origins_.size());
    origins_.push_back(set);
    return entry->second;
  }
  [[nodiscard]] bool has_name(OriginIndex index) const { return origins_[index].name_size != 0; }
  void set_name(OriginIndex index, std::string_view name) {
    origins_[index].name_offset = names_.size();
    origins_[index].name_size = static_cast<std::uint32_t>(name.size());
    names_ += name;
  }
  /// As many as indexes have been given out, and 0.
  [[nodiscard]] std::size_t size() const { return origins_.size(); }
  /// No more is taken in: sets get the names of their first members. `used` are those that originate something, by
  /// index.
  void seal(const std::vector<bool>& used) {
    for (const auto& [asns, index] : sets_) {
      const auto first = index_.find(asns.front().number);
      if (first == index_.end()) continue;
      origins_[index].name_offset = origins_[first->second].name_offset;
      origins_[index].name_size = origins_[first->second].name_size;
    }
    for (OriginIndex index = 1; index < origins_.size(); ++index) {
      if (!used[index]) continue;
      const Origin origin = at(index);
      originators_.push_back(origin.asn);
      originators_.insert(originators_.end(), origin.others.begin(), origin.others.end());
    }
    sort_unique(originators_);
    sets_.clear();
    origins_.shrink_to_fit();
  }
  [[nodiscard]] Origin at(OriginIndex index) const {
    const Entry& entry = origins_[index];
    const std::string_view name(names_.data() + entry.name_offset, entry.name_size);
    if (entry.others == 0) [[likely]]
      return Origin{entry.asn, name};
    return Origin{entry.asn, name, {members_.data() + entry.first + 1, entry.others}};
  }
  [[nodiscard]] std::size_t as_count() const { return originators_.size(); }
  [[nodiscard]] bool originates(Asn asn) const { return std::ranges::binary_search(originators_, asn); }
  [[nodiscard]] std::string_view name_of(Asn asn) const {
    const auto entry = index_.find(asn.number);
    return entry == index_.end() ? std::string_view{} : at(entry->second).name;
  }

 private:
  struct Entry {
    Asn asn;
    std::uint32_t name_size{0};
    std::size_t name_offset{0};
    std::uint32_t others{0};  // How many ASes share the prefix with the first; `first` is where they stand.
    std::size_t first{0};
  };
  std::vector<Entry> origins_{Entry{}};  // Index 0 is no AS.
  std::unordered_map<std::uint32_t, OriginIndex> index_;
  std::map<std::vector<Asn>, OriginIndex> sets_;  // Until sealed.
  std::vector<Asn> members_;
  std::vector<Asn> originators_;  // Ascending.
  std::string names_;
  OriginIndex last_{0};
};

/// The members of an origin in a table but for the one picked, 0 being the first: in the order listed, beginning after
/// the one picked, and around.
[[nodiscard]] inline std::span<const Asn> others_than(const Origin& origin, std::size_t picked) {
  if (picked == 0) return origin.others;
  return {origin.others.data() + picked, origin.others.size()};
}

struct PrefixTable::Data {
  IntervalMap<std::uint32_t> v4;
  IntervalMap<Uint128> v6;
  OriginTable origins;
  std::size_t skipped{0};
  std::string version;
};

}  // namespace isthmus::ip2as
