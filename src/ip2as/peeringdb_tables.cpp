#include "ip2as/peeringdb_tables.hpp"

#include <utility>

#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {

PeeringDbTable peeringdb_table(std::string_view name) {
  if (name == "ix") return PeeringDbTable::ix;
  if (name == "ixlan") return PeeringDbTable::ixlan;
  if (name == "ixpfx") return PeeringDbTable::ixpfx;
  if (name == "netixlan") return PeeringDbTable::netixlan;
  return PeeringDbTable::other;
}

std::string* PeeringDbRecord::field(std::string_view key) {
  if (key == "id") return &id;
  if (key == "name") return &name;
  if (key == "ix_id") return &ix_id;
  if (key == "ixlan_id") return &ixlan_id;
  if (key == "prefix") return &prefix;
  if (key == "asn") return &asn;
  if (key == "ipaddr4") return &ipaddr4;
  if (key == "ipaddr6") return &ipaddr6;
  if (key == "status") return &status;
  return nullptr;
}

// Keeps the strings' memory.
void PeeringDbRecord::clear() {
  for (std::string* text : {&id, &name, &ix_id, &ixlan_id, &prefix, &asn, &ipaddr4, &ipaddr6, &status}) text->clear();
}

void PeeringDbTables::take(PeeringDbTable table, const PeeringDbRecord& record) {
  report_.record();
  const bool retired = record.status == "deleted";
  std::string why;
  switch (table) {
    case PeeringDbTable::ix: why = take_ix(record, retired); break;
    case PeeringDbTable::ixlan: why = take_ixlan(record, retired); break;
    case PeeringDbTable::ixpfx: why = take_ixpfx(record, retired); break;
    case PeeringDbTable::netixlan: why = take_netixlan(record, retired); break;
    case PeeringDbTable::other: report_.skipped(); break;
  }
  if (!why.empty()) report_.bad(record.offset, std::move(why));
}

const char* PeeringDbTables::take_ix(const PeeringDbRecord& record, bool retired) {
  std::uint64_t id = 0;
  if (!read_number(record.id, id)) return "an ix without an id";
  exchanges_.try_emplace(id, Exchange{record.name, retired});
  return "";
}

const char* PeeringDbTables::take_ixlan(const PeeringDbRecord& record, bool retired) {
  std::uint64_t id = 0;
  std::uint64_t ix = 0;
  if (!read_number(record.id, id) || !read_number(record.ix_id, ix)) return "an ixlan without id or ix_id";
  lans_.try_emplace(id, Lan{ix, retired});
  return "";
}

std::string PeeringDbTables::take_ixpfx(const PeeringDbRecord& record, bool retired) {
  LanPrefix taken{.offset = record.offset, .lan = 0, .prefix = {}, .retired = retired};
  if (!read_number(record.ixlan_id, taken.lan)) return "an ixpfx without ixlan_id";
  if (auto bad = read_prefix(record.prefix, taken.prefix)) return "an ixpfx: " + bad->why;
  prefixes_.push_back(taken);
  return {};
}

std::string PeeringDbTables::take_netixlan(const PeeringDbRecord& record, bool retired) {
  LanPort taken{.offset = record.offset, .lan = 0, .member = {}, .addresses = {}, .retired = retired};
  if (!read_number(record.ixlan_id, taken.lan)) return "a netixlan without ixlan_id";
  if (auto bad = read_asn(record.asn, taken.member)) return "a netixlan: " + bad->why;
  for (const bool v4 : {true, false}) {
    const std::string& text = v4 ? record.ipaddr4 : record.ipaddr6;
    if (text.empty()) continue;
    const auto address = read_address(text);
    if (!address || address->is_v4() != v4) return "a netixlan: " + quoted(text) + " is not an address of its family";
    taken.addresses[v4 ? 0 : 1] = address;
  }
  ports_.push_back(taken);
  return {};
}

// An exchange's only LAN mostly has the exchange's own id; dumps without the table ixlan rely on it.
std::optional<PeeringDbTables::Lan> PeeringDbTables::find_lan(std::uint64_t id) const {
  const auto lan = lans_.find(id);
  const Lan found = lan != lans_.end() ? lan->second : Lan{id, false};
  const auto exchange = exchanges_.find(found.ix);
  if (exchange == exchanges_.end()) return std::nullopt;
  return Lan{found.ix, found.retired || exchange->second.retired};
}

void PeeringDbTables::move_to(ExchangeList& list) {
  for (auto& [id, exchange] : exchanges_) list.names.push_back({id, std::move(exchange.name)});
  for (const LanPrefix& prefix : prefixes_) {
    if (const auto lan = find_lan(prefix.lan)) {
      list.lans.push_back({lan->ix, prefix.prefix, prefix.retired || lan->retired});
    } else {
      report_.bad(prefix.offset, "an ixpfx of an exchange that is not listed");
    }
  }
  for (const LanPort& port : ports_) {
    const auto lan = find_lan(port.lan);
    if (!lan) {
      report_.bad(port.offset, "a netixlan of an exchange that is not listed");
      continue;
    }
    const bool retired = port.retired || lan->retired;
    for (const auto& address : port.addresses) {
      if (address) list.ports.push_back({lan->ix, *address, port.member, retired});
    }
    if (!retired) list.members.push_back({lan->ix, port.member});
  }
  exchanges_.clear();
  lans_.clear();
  prefixes_.clear();
  ports_.clear();
}

}  // namespace isthmus::ip2as
