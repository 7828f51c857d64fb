#include <algorithm>
#include <numeric>
#include <utility>

#include "ip2as/exchanges_data.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

constexpr int kWidestV4 = 16;
constexpr int kWidestV6 = 32;

template <typename Number>
struct PendingLan {
  Number first;
  int length;
  Lan lan;
};

template <typename Number>
struct Pending {
  std::vector<PendingLan<Number>> lans;
  std::vector<typename ExchangeSpace<Number>::Port> ports;
};

// Which exchanges are one: the first of each group speaks for it.
class Groups {
 public:
  explicit Groups(std::size_t size) : first_(size) { std::iota(first_.begin(), first_.end(), 0U); }
  [[nodiscard]] std::uint32_t first_of(std::uint32_t exchange) {
    while (first_[exchange] != exchange) exchange = first_[exchange] = first_[first_[exchange]];
    return exchange;
  }
  void join(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t first_a = first_of(a);
    const std::uint32_t first_b = first_of(b);
    first_[std::max(first_a, first_b)] = std::min(first_a, first_b);
  }

 private:
  std::vector<std::uint32_t> first_;
};

// Brings equal LANs together, current ones first.
template <typename Number>
void sort_lans(std::vector<PendingLan<Number>>& lans) {
  std::ranges::stable_sort(lans, [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.length != b.length) return a.length < b.length;
    return a.lan.retired < b.lan.retired;
  });
}

template <typename Number>
bool same_lan(const PendingLan<Number>& a, const PendingLan<Number>& b) {
  return a.first == b.first && a.length == b.length;
}

// Two that are current, or two that are retired, are two lists' words for one exchange; a retired one may have given
// its LAN back for another one to get it.
template <typename Number>
void join_exchanges(const std::vector<PendingLan<Number>>& lans, Groups& groups) {
  for (std::size_t i = 1; i < lans.size(); ++i) {
    if (same_lan(lans[i - 1], lans[i]) && lans[i - 1].lan.retired == lans[i].lan.retired) {
      groups.join(lans[i - 1].lan.exchange, lans[i].lan.exchange);
    }
  }
}

template <typename Number>
void fill_lans(const std::vector<PendingLan<Number>>& pending, std::vector<Lan>& lans, ExchangeSpace<Number>& space) {
  std::vector<PrefixEntry<Number>> entries;
  for (const PendingLan<Number>& lan : pending) {
    lans.push_back(lan.lan);
    entries.push_back({lan.first, static_cast<std::uint8_t>(lan.length), static_cast<OriginIndex>(lans.size())});
  }
  space.lans = IntervalMap<Number>(std::move(entries));
}

// Ports on another exchange's LAN are mistakes of a list; those on no LAN get one of their own. Retired ports that stay
// make members: their exchange has nobody else.
template <typename Number>
void fill_space(Pending<Number>& pending, std::vector<Lan>& lans, ExchangeSpace<Number>& space,
                std::vector<std::uint64_t>& members) {
  pending.lans.erase(std::unique(pending.lans.begin(), pending.lans.end(), same_lan<Number>), pending.lans.end());
  fill_lans(pending.lans, lans, space);
  std::ranges::stable_sort(pending.ports, {}, &ExchangeSpace<Number>::Port::address);
  const std::size_t listed = pending.lans.size();
  for (const auto& port : pending.ports) {
    if (!space.ports.empty() && space.ports.back().address == port.address) continue;
    const OriginIndex lan = space.lans.find(port.address);
    if (lan != 0 && lans[lan - 1].exchange != port.exchange) continue;
    if (port.retired && (lan == 0 || !lans[lan - 1].retired)) continue;
    if (port.retired) members.push_back(pair_of(port.exchange, port.member));
    if (lan == 0) pending.lans.push_back({port.address, kWidth<Number>, Lan{port.exchange, false}});
    space.ports.push_back(port);
  }
  if (pending.lans.size() == listed) return;
  lans.resize(lans.size() - listed);
  fill_lans(pending.lans, lans, space);
}

}  // namespace

struct ExchangesBuilder::Data {
  std::vector<std::string> names;
  Pending<std::uint32_t> v4;
  Pending<Uint128> v6;
  std::vector<std::uint64_t> members;  // Exchange << 32 | AS number.

  template <typename Number>
  Pending<Number>& space() {
    if constexpr (kWidth<Number> == 32) {
      return v4;
    } else {
      return v6;
    }
  }

  template <typename Number>
  bool add_lan(std::uint32_t exchange, const Prefix& prefix, int widest, bool retired) {
    const auto first = to_number<Number>(prefix.address());
    if (prefix.length() < widest || !is_public(first, prefix.length())) return false;
    space<Number>().lans.push_back({first, prefix.length(), Lan{exchange, retired}});
    return true;
  }

  template <typename Number>
  bool add_port(std::uint32_t exchange, const IpAddress& address, Asn member, bool retired) {
    const auto number = to_number<Number>(address);
    if (!is_public(number, kWidth<Number>)) return false;
    space<Number>().ports.push_back({number, exchange, member, retired});
    return true;
  }

  // From here on every exchange goes by the first index of its group.
  void unite() {
    Groups groups(names.size());
    sort_lans(v4.lans);
    sort_lans(v6.lans);
    join_exchanges(v4.lans, groups);
    join_exchanges(v6.lans, groups);
    const auto rename = [&](auto& space) {
      for (auto& lan : space.lans) lan.lan.exchange = groups.first_of(lan.lan.exchange);
      for (auto& port : space.ports) port.exchange = groups.first_of(port.exchange);
    };
    rename(v4);
    rename(v6);
    for (std::uint64_t& member : members) {
      const auto exchange = static_cast<std::uint32_t>(member >> 32);
      member = pair_of(groups.first_of(exchange), Asn{static_cast<std::uint32_t>(member)});
    }
  }
};

ExchangesBuilder::ExchangesBuilder() : data_(std::make_unique<Data>()) {}
ExchangesBuilder::~ExchangesBuilder() = default;
ExchangesBuilder::ExchangesBuilder(ExchangesBuilder&&) noexcept = default;
ExchangesBuilder& ExchangesBuilder::operator=(ExchangesBuilder&&) noexcept = default;

std::uint32_t ExchangesBuilder::add_exchange(std::string_view name) {
  data_->names.push_back(to_utf8(name));
  return static_cast<std::uint32_t>(data_->names.size() - 1);
}

void ExchangesBuilder::set_name(std::uint32_t exchange, std::string_view name) {
  if (data_->names[exchange].empty()) data_->names[exchange] = to_utf8(name);
}

bool ExchangesBuilder::add_lan(std::uint32_t exchange, const Prefix& lan, bool retired) {
  return lan.address().is_v4() ? data_->add_lan<std::uint32_t>(exchange, lan, kWidestV4, retired)
                               : data_->add_lan<Uint128>(exchange, lan, kWidestV6, retired);
}

bool ExchangesBuilder::add_port(std::uint32_t exchange, const IpAddress& address, Asn member, bool retired) {
  if (member.is_none()) return false;
  const bool added = address.is_v4() ? data_->add_port<std::uint32_t>(exchange, address, member, retired)
                                     : data_->add_port<Uint128>(exchange, address, member, retired);
  if (added && !retired) add_member(exchange, member);
  return added;
}

void ExchangesBuilder::add_member(std::uint32_t exchange, Asn member) {
  if (!member.is_none()) data_->members.push_back(pair_of(exchange, member));
}

Exchanges ExchangesBuilder::build() && {
  auto built = std::make_shared<Exchanges::Data>();
  data_->unite();
  fill_space(data_->v4, built->lans, built->v4, data_->members);
  fill_space(data_->v6, built->lans, built->v6, data_->members);
  built->names = std::move(data_->names);
  built->members = Rows::from_pairs(std::move(data_->members), built->names.size());
  data_.reset();
  return Exchanges(std::move(built));
}

}  // namespace isthmus::ip2as
