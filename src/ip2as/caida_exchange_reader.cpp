#include <optional>
#include <string>
#include <utility>

#include "ip2as/exchange_reader.hpp"
#include "ip2as/json_fields.hpp"
#include "ip2as/line_reader.hpp"

namespace isthmus::ip2as {
namespace {

constexpr const char* kFamilies[] = {"ipv4", "ipv6"};

// The first bad one of the prefixes; the others are taken.
std::optional<BadField> take_exchange(const boost::json::object& object, ExchangeList& list) {
  const auto id = find_number(object, "ix_id");
  if (!id) return BadField{"has no 'ix_id'"};
  list.names.push_back({*id, std::string(find_text(object, "name"))});
  const boost::json::value* prefixes = object.if_contains("prefixes");
  if (prefixes == nullptr || !prefixes->is_object()) return std::nullopt;
  std::optional<BadField> first_bad;
  for (const char* family : kFamilies) {
    for_each_text(prefixes->get_object(), family, [&](std::string_view text) {
      Prefix prefix;
      auto bad = read_prefix(text, prefix);
      if (!bad) {
        list.lans.push_back({*id, prefix, false});
      } else if (!first_bad) {
        first_bad = std::move(bad);
      }
    });
  }
  return first_bad;
}

std::optional<BadField> take_member(const boost::json::object& object, ExchangeList& list) {
  const auto id = find_number(object, "ix_id");
  if (!id) return BadField{"has no 'ix_id'"};
  Asn asn;
  if (auto bad = find_asn(object, "asn", asn)) return bad;
  list.members.push_back({*id, asn});
  std::optional<BadField> first_bad;
  for (const char* family : kFamilies) {
    for_each_text(object, family, [&](std::string_view text) {
      if (const auto address = read_address(text)) {
        list.ports.push_back({*id, *address, asn, false});
      } else if (!first_bad) {
        first_bad = BadField{quoted(text) + " is not an IP address"};
      }
    });
  }
  return first_bad;
}

template <typename Take>
void read_objects(ByteSource& bytes, ExchangeList& list, ReportWriter& report, Take take) {
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) {
    if (!is_data(line.text)) return;
    report.record();
    const auto object = parse_object(line.text);
    if (!object) return report.bad(line.number, "is not a JSON object");
    if (auto bad = take(*object, list)) report.bad(line.number, std::move(bad->why));
  });
}

}  // namespace

void read_caida_exchanges(ByteSource& bytes, ExchangeList& list, ReportWriter& report) {
  list.source = ExchangeList::Source::caida_exchanges;
  read_objects(bytes, list, report, take_exchange);
}

void read_caida_members(ByteSource& bytes, ExchangeList& list, ReportWriter& report) {
  list.source = ExchangeList::Source::caida_members;
  read_objects(bytes, list, report, take_member);
}

}  // namespace isthmus::ip2as
