#include "ip2as/exchange_list.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <regex>
#include <utility>

namespace isthmus::ip2as {
namespace {

using Source = ExchangeList::Source;

// The builder's index of each exchange: made when it is first met.
class Indexes {
 public:
  explicit Indexes(ExchangesBuilder& builder) : builder_(builder) {}

  std::uint32_t of(Source source, ExchangeList::Id id) {
    const bool caida = source != Source::peeringdb;
    const auto [entry, is_new] = indexes_.try_emplace({caida, id}, 0);
    if (is_new) entry->second = builder_.add_exchange({});
    return entry->second;
  }

 private:
  ExchangesBuilder& builder_;
  std::map<std::pair<bool, ExchangeList::Id>, std::uint32_t> indexes_;
};

void add(const ExchangeList& list, bool current, Indexes& indexes, ExchangesBuilder& builder) {
  for (const auto& name : list.names) builder.set_name(indexes.of(list.source, name.exchange), name.name);
  for (const auto& lan : list.lans) {
    builder.add_lan(indexes.of(list.source, lan.exchange), lan.prefix, lan.retired || !current);
  }
  for (const auto& port : list.ports) {
    builder.add_port(indexes.of(list.source, port.exchange), port.address, port.member, port.retired || !current);
  }
  for (const auto& member : list.members) {
    if (current) builder.add_member(indexes.of(list.source, member.exchange), member.member);
  }
}

}  // namespace

Exchanges merge_exchanges(std::vector<ExchangeList> lists) {
  std::array<std::string, 3> newest;
  std::array<bool, 3> dated{};
  for (const ExchangeList& list : lists) {
    const auto source = static_cast<std::size_t>(list.source);
    newest[source] = std::max(newest[source], list.date);
    dated[source] = dated[source] || !list.date.empty();
  }
  // Undated lists among dated ones are taken for new; among undated ones the first is.
  std::array<bool, 3> seen{};
  ExchangesBuilder builder;
  Indexes indexes(builder);
  std::vector<std::pair<const ExchangeList*, bool>> ordered;
  for (const ExchangeList& list : lists) {
    const auto source = static_cast<std::size_t>(list.source);
    const bool first = !std::exchange(seen[source], true);
    ordered.emplace_back(&list, dated[source] ? list.date.empty() || list.date == newest[source] : first);
  }
  std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second;
    return a.first->date > b.first->date;
  });
  for (const auto& [list, current] : ordered) add(*list, current, indexes, builder);
  return std::move(builder).build();
}

std::string date_in_name(const std::string& path) {
  static const std::regex kDate(
      R"((?:^|[^0-9])((?:19|20)\d\d)[-_]?(0[1-9]|1[0-2])(?:[-_]?(0[1-9]|[12]\d|3[01]))?(?![0-9]))");
  const std::string name = std::filesystem::path(path).filename().string();
  std::smatch match;
  if (!std::regex_search(name, match, kDate)) return {};
  const std::string month = match[1].str() + "-" + match[2].str();
  return match[3].matched ? month + "-" + match[3].str() : month;
}

}  // namespace isthmus::ip2as
