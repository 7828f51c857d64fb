#include "ip2as/relationship_reader.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "ip2as/line_reader.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

std::optional<BadField> take_relationship(const std::vector<std::string_view>& fields, RelationshipsBuilder& builder) {
  if (fields.size() < 3 || fields.size() > 4) return BadField{"is not of the form AS|AS|relationship"};
  Asn first;
  Asn second;
  if (auto bad = read_asn(fields[0], first)) return bad;
  if (auto bad = read_asn(fields[1], second)) return bad;
  if (first == second) return BadField{"relates AS " + to_string(first) + " to itself"};
  const bool transit = fields[2] == "-1";
  if (!transit && fields[2] != "0") {
    return BadField{quoted(fields[2]) + " is neither -1 (provider|customer) nor 0 (peer|peer)"};
  }
  if (transit ? builder.add_transit(first, second) : builder.add_peering(first, second)) return std::nullopt;
  return BadField{"contradicts what an earlier record says of " + to_string(first) + " and " + to_string(second)};
}

std::optional<BadField> read_members(const std::vector<std::string_view>& words, std::vector<Asn>& members) {
  members.clear();
  for (const std::string_view word : words) {
    if (auto bad = read_asn(word, members.emplace_back())) return bad;
  }
  return std::nullopt;
}

}  // namespace

void read_relationships(ByteSource& bytes, RelationshipsBuilder& builder, ReportWriter& report) {
  std::vector<std::string_view> fields;
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) {
    if (!is_data(line.text)) return;
    report.record();
    split(line.text, '|', fields);
    if (auto bad = take_relationship(fields, builder)) report.bad(line.number, std::move(bad->why));
  });
}

void read_cones(ByteSource& bytes, RelationshipsBuilder& builder, ReportWriter& report) {
  std::vector<std::string_view> words;
  std::vector<Asn> members;
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) {
    if (!is_data(line.text)) return;
    report.record();
    split_words(line.text, words);
    if (auto bad = read_members(words, members)) return report.bad(line.number, std::move(bad->why));
    if (members.empty()) return report.bad(line.number, "names no AS");
    builder.add_cone(members.front(), members);
  });
}

}  // namespace isthmus::ip2as
