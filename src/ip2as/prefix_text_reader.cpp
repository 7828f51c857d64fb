#include "ip2as/prefix_text_reader.hpp"

#include <utility>

#include "ip2as/line_reader.hpp"

namespace isthmus::ip2as {
namespace {

bool add(const SourceLine& line, PrefixLimits limits, PrefixTableBuilder& builder) {
  if (line.length >= 0) {
    return !exceeds(line.length, line.first.family(), limits) &&
           builder.add(Prefix(line.first, line.length), line.origins);
  }
  const Asn origin = line.origins.front();
  // Names are unquoted once an AS, not once a line.
  return builder.add_range(line.first, line.last, line.origins,
                           builder.wants_name(origin) ? unquote(line.name) : std::string());
}

}  // namespace

void read_prefix_text(ByteSource& bytes, PrefixLines format, PrefixLimits limits, PrefixTableBuilder& builder,
                      ReportWriter& report) {
  const bool by_hand = format == PrefixLines::overrides;
  SourceLine parsed;
  read_lines(bytes, report, by_hand ? LastLine::may_lack_its_end : LastLine::must_end, [&](const Line& line) {
    if (!is_data(line.text)) return;
    report.record();
    if (auto bad = parse_line(line.text, format, parsed)) {
      report.bad(line.number, std::move(bad->why));
    } else if (!add(parsed, limits, builder)) {
      if (by_hand) {
        report.bad(line.number, "special-purpose space and private AS numbers cannot be overridden");
      } else {
        report.skipped();
      }
    }
  });
}

}  // namespace isthmus::ip2as
