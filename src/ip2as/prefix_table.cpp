#include "isthmus/ip2as/prefix_table.hpp"

#include <utility>

#include "ip2as/prefix_table_data.hpp"

namespace isthmus::ip2as {

PrefixTable::PrefixTable() : data_(std::make_unique<const Data>()) {}
PrefixTable::PrefixTable(std::unique_ptr<const Data> data) : data_(std::move(data)) {}
PrefixTable::~PrefixTable() = default;
PrefixTable::PrefixTable(PrefixTable&&) noexcept = default;
PrefixTable& PrefixTable::operator=(PrefixTable&&) noexcept = default;

std::optional<Origin> PrefixTable::lookup(const IpAddress& address) const {
  const OriginIndex origin =
      address.is_v4() ? data_->v4.find(to_number<std::uint32_t>(address)) : data_->v6.find(to_number<Uint128>(address));
  if (origin == 0) return std::nullopt;
  return data_->origins.at(origin);
}

std::string_view PrefixTable::name_of(Asn asn) const { return data_->origins.name_of(asn); }
std::size_t PrefixTable::prefix_count() const { return data_->v4.prefix_count() + data_->v6.prefix_count(); }
std::size_t PrefixTable::prefix_count(Family family) const {
  return family == Family::ipv4 ? data_->v4.prefix_count() : data_->v6.prefix_count();
}
std::size_t PrefixTable::as_count() const { return data_->origins.as_count(); }
bool PrefixTable::originates(Asn asn) const { return data_->origins.originates(asn); }
std::size_t PrefixTable::skipped_count() const { return data_->skipped; }
const std::string& PrefixTable::version() const { return data_->version; }

}  // namespace isthmus::ip2as
