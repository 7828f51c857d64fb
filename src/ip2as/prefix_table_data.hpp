#pragma once
// What a PrefixTable holds; shared by the table, which reads it, and the builder, which fills it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ip2as/interval_map.hpp"
#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::ip2as {

/// Each AS once, with its name in one long string: tens of thousands of small strings would be scattered.
class OriginTable {
 public:
  /// The index of the AS, taken in if it is new.
  [[nodiscard]] OriginIndex intern(Asn asn) {
    if (origins_[last_].asn == asn) return last_;  // Sources list neighbours of one AS in a row.
    const auto [entry, is_new] = index_.try_emplace(asn.number, static_cast<OriginIndex>(origins_.size()));
    if (is_new) origins_.push_back(Entry{.asn = asn});
    return last_ = entry->second;
  }
  [[nodiscard]] bool has_name(OriginIndex index) const { return origins_[index].name_size != 0; }
  void set_name(OriginIndex index, std::string_view name) {
    origins_[index].name_offset = names_.size();
    origins_[index].name_size = static_cast<std::uint32_t>(name.size());
    names_ += name;
  }
  [[nodiscard]] Origin at(OriginIndex index) const {
    const Entry& entry = origins_[index];
    return Origin{entry.asn, std::string_view(names_).substr(entry.name_offset, entry.name_size)};
  }
  [[nodiscard]] std::string_view name_of(Asn asn) const {
    const auto entry = index_.find(asn.number);
    return entry == index_.end() ? std::string_view{} : at(entry->second).name;
  }

 private:
  struct Entry {
    Asn asn;
    std::uint32_t name_size{0};
    std::size_t name_offset{0};
  };
  std::vector<Entry> origins_{Entry{}};  // Index 0 is no AS.
  std::unordered_map<std::uint32_t, OriginIndex> index_;
  std::string names_;
  OriginIndex last_{0};
};

struct PrefixTable::Data {
  IntervalMap<std::uint32_t> v4;
  IntervalMap<Uint128> v6;
  OriginTable origins;
  std::size_t prefixes{0};
  std::size_t skipped{0};
  std::string version;
};

}  // namespace isthmus::ip2as
