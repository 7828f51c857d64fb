#include "isthmus/ip2as/exchanges.hpp"

#include <algorithm>
#include <utility>

#include "ip2as/exchanges_data.hpp"
#include "ip2as/sorted.hpp"

namespace isthmus::ip2as {
namespace {

template <typename T>
std::size_t count_different(std::vector<T> values) {
  sort_unique(values);
  return values.size();
}

template <typename Number>
std::optional<ExchangePort> find(const std::vector<Lan>& lans, const ExchangeSpace<Number>& space, Number address) {
  const OriginIndex lan = space.lans.find(address);
  if (lan == 0) return std::nullopt;
  return ExchangePort{lans[lan - 1].exchange, space.member_at(address), lans[lan - 1].retired};
}

}  // namespace

Exchanges::Exchanges() {
  static const auto kNothing = std::make_shared<const Data>();
  data_ = kNothing;
}

Exchanges::Exchanges(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

std::optional<ExchangePort> Exchanges::lookup(const IpAddress& address) const {
  return address.is_v4() ? find(data_->lans, data_->v4, to_number<std::uint32_t>(address))
                         : find(data_->lans, data_->v6, to_number<Uint128>(address));
}

std::string_view Exchanges::name(std::uint32_t exchange) const {
  return exchange < data_->names.size() ? std::string_view(data_->names[exchange]) : std::string_view{};
}

bool Exchanges::is_member(std::uint32_t exchange, Asn asn) const {
  return exchange < data_->members.size() && std::ranges::binary_search(data_->members[exchange], asn);
}

std::size_t Exchanges::exchange_count() const {
  std::vector<std::uint32_t> exchanges;
  for (const Lan& lan : data_->lans) exchanges.push_back(lan.exchange);
  for (std::uint32_t exchange = 0; exchange < data_->members.size(); ++exchange) {
    if (!data_->members[exchange].empty()) exchanges.push_back(exchange);
  }
  return count_different(std::move(exchanges));
}
std::size_t Exchanges::lan_count() const { return data_->lans.size(); }
std::size_t Exchanges::lan_count(Family family) const {
  return family == Family::ipv4 ? data_->v4.lans.prefix_count() : data_->v6.lans.prefix_count();
}
std::size_t Exchanges::member_count() const {
  std::vector<Asn> asns;
  for (std::size_t exchange = 0; exchange < data_->members.size(); ++exchange) {
    asns.insert(asns.end(), data_->members[exchange].begin(), data_->members[exchange].end());
  }
  return count_different(std::move(asns));
}
std::size_t Exchanges::port_count() const { return data_->v4.ports.size() + data_->v6.ports.size(); }

}  // namespace isthmus::ip2as
