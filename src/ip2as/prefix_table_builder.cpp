#include "isthmus/ip2as/prefix_table_builder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ip2as/prefix_table_data.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {

struct PrefixTableBuilder::Data {
  std::vector<PrefixEntry<std::uint32_t>> v4;
  std::vector<PrefixEntry<Uint128>> v6;
  OriginTable origins;
  std::vector<Asn> usable;  // of the origins of the prefix at hand
  std::size_t skipped{0};
  std::string version;

  template <typename Number>
  std::vector<PrefixEntry<Number>>& entries() {
    if constexpr (kWidth<Number> == 32) {
      return v4;
    } else {
      return v6;
    }
  }

  bool add_prefix(const Prefix& prefix, OriginIndex origin) {
    return prefix.address().is_v4() ? add_prefix(to_number<std::uint32_t>(prefix.address()), prefix.length(), origin)
                                    : add_prefix(to_number<Uint128>(prefix.address()), prefix.length(), origin);
  }

  template <typename Number>
  bool add_prefix(Number first, int length, OriginIndex origin) {
    if (origin == 0 || !is_public(first, length)) {
      ++skipped;
      return false;
    }
    entries<Number>().push_back({first, static_cast<std::uint8_t>(length), origin});
    return true;
  }

  // A range counts as the fewest prefixes that make it up: the largest one that starts here and fits, and so on.
  template <typename Number>
  bool add_range(Number first, Number last, OriginIndex origin) {
    bool any = false;
    while (true) {
      const Number rest = last - first;  // One less than the addresses left, which might not fit the type.
      const bool all = rest == static_cast<Number>(~Number{0});
      const int fitting = all ? kWidth<Number> : bit_width(static_cast<Number>(rest + 1)) - 1;
      const int length = kWidth<Number> - std::min(fitting, trailing_zeros(first));
      any = add_prefix(first, length, origin) || any;
      const Number end = last_of(first, length);
      if (end == last) return any;
      first = end + 1;
    }
  }

  // 0 when the AS cannot be an origin: its prefixes are then skipped.
  OriginIndex origin_of(Asn asn) { return is_public(asn) ? origins.intern(asn) : 0; }
  OriginIndex origin_of(std::span<const Asn> asns) {
    usable.clear();
    for (const Asn asn : asns) {
      if (is_public(asn) && std::ranges::find(usable, asn) == usable.end()) usable.push_back(asn);
    }
    return usable.empty() ? 0 : origins.intern(usable);
  }

  bool wants_name(OriginIndex origin) const { return origin != 0 && !origins.has_name(origin); }
  void take_name(OriginIndex origin, std::string_view name) {
    if (!name.empty() && wants_name(origin)) origins.set_name(origin, to_utf8(name));
  }
};

PrefixTableBuilder::PrefixTableBuilder() : data_(std::make_unique<Data>()) {}
PrefixTableBuilder::~PrefixTableBuilder() = default;
PrefixTableBuilder::PrefixTableBuilder(PrefixTableBuilder&&) noexcept = default;
PrefixTableBuilder& PrefixTableBuilder::operator=(PrefixTableBuilder&&) noexcept = default;

bool PrefixTableBuilder::add(const Prefix& prefix, Asn asn, std::string_view name) {
  const OriginIndex origin = data_->origin_of(asn);
  data_->take_name(origin, name);
  return data_->add_prefix(prefix, origin);
}

bool PrefixTableBuilder::add(const Prefix& prefix, std::span<const Asn> origins) {
  return data_->add_prefix(prefix, data_->origin_of(origins));
}

bool PrefixTableBuilder::add_range(const IpAddress& first, const IpAddress& last, std::span<const Asn> origins,
                                   std::string_view name) {
  const OriginIndex origin = data_->origin_of(origins);
  if (!name.empty() && !origins.empty()) data_->take_name(data_->origin_of(origins.front()), name);
  return first.is_v4() ? data_->add_range(to_number<std::uint32_t>(first), to_number<std::uint32_t>(last), origin)
                       : data_->add_range(to_number<Uint128>(first), to_number<Uint128>(last), origin);
}

bool PrefixTableBuilder::wants_name(Asn asn) { return data_->wants_name(data_->origin_of(asn)); }

void PrefixTableBuilder::add_version(std::string_view version) {
  if (!data_->version.empty()) data_->version += ", ";
  data_->version += version;
}

PrefixTable PrefixTableBuilder::build() && {
  auto table = std::make_unique<PrefixTable::Data>();
  std::vector<bool> used(data_->origins.size());
  for (const auto& entry : data_->v4) used[entry.origin] = true;
  for (const auto& entry : data_->v6) used[entry.origin] = true;
  table->skipped = data_->skipped;
  table->v4 = IntervalMap<std::uint32_t>(std::move(data_->v4));
  table->v6 = IntervalMap<Uint128>(std::move(data_->v6));
  table->origins = std::move(data_->origins);
  table->origins.seal(used);
  table->version = std::move(data_->version);
  data_.reset();
  return PrefixTable(std::move(table));
}

}  // namespace isthmus::ip2as
