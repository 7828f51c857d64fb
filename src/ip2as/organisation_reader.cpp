#include "ip2as/organisation_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ip2as/json_fields.hpp"
#include "ip2as/line_reader.hpp"

namespace isthmus::ip2as {
namespace {

using Fields = std::vector<std::string_view>;

// Where the fields stand that matter.
struct Layout {
  bool of_ases{false};
  std::size_t id{0};
  std::size_t name{2};
  std::size_t organisation{3};
  std::size_t fields{5};
};

// "aut|changed|aut_name|org_id|opaque_id|source" and "org_id|changed|name|country|source"; the name of the organisation
// is called org_name in some years.
std::optional<Layout> read_layout(std::string_view names) {
  Fields fields;
  split(names, '|', fields);
  const auto place = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(fields, name) - fields.begin());
  };
  Layout layout{.of_ases = place("aut") < fields.size(), .fields = fields.size()};
  layout.id = layout.of_ases ? place("aut") : place("org_id");
  layout.organisation = place("org_id");
  layout.name = std::min(place("name"), place("org_name"));
  const bool complete = layout.id < fields.size() && layout.organisation < fields.size() &&
                        (layout.of_ases || layout.name < fields.size());
  return complete ? std::optional(layout) : std::nullopt;
}

class OrganisationReader {
 public:
  OrganisationReader(OrganisationsBuilder& builder, ReportWriter& report) : builder_(builder), report_(report) {}

  void take_line(const Line& line) {
    constexpr std::string_view kFormat = "# format:";
    if (line.text.starts_with(kFormat)) return open_section(line);
    if (!is_data(line.text)) return;
    report_.record();
    split(line.text, '|', fields_);
    Layout layout = section_;
    if (!in_section_) layout.of_ases = all_digits(fields_[0]);
    if (auto bad = take(layout)) report_.bad(line.number, std::move(bad->why));
  }

 private:
  void open_section(const Line& line) {
    std::string_view names = line.text.substr(line.text.find(':') + 1);
    names.remove_prefix(std::min(names.find_first_not_of(' '), names.size()));
    const auto layout = read_layout(names);
    in_section_ = layout.has_value();
    section_ = layout.value_or(Layout{});
    if (layout) return;
    report_.record();
    report_.bad(line.number, "opens a section without the fields aut and org_id, or org_id and name");
  }

  std::optional<BadField> take(const Layout& layout) {
    if (fields_.size() < layout.fields) return BadField{"has fewer fields than its section"};
    const std::string_view organisation = fields_[layout.organisation];
    if (!layout.of_ases) {
      const std::string_view id = fields_[layout.id];
      if (id.empty()) return BadField{"names no organisation"};
      builder_.add_name(id, fields_[layout.name]);
      return std::nullopt;
    }
    Asn asn;
    if (auto bad = read_asn(fields_[layout.id], asn)) return bad;
    if (organisation.empty()) return BadField{"names no organisation"};
    builder_.add(asn, organisation, {});
    return std::nullopt;
  }

  OrganisationsBuilder& builder_;
  ReportWriter& report_;
  Layout section_;
  bool in_section_{false};
  Fields fields_;
};

std::optional<BadField> take_object(const boost::json::object& object, OrganisationsBuilder& builder) {
  const std::string_view type = find_text(object, "type");
  const std::string_view organisation = find_text(object, "organizationId");
  if (organisation.empty()) return BadField{"has no 'organizationId'"};
  if (type == "Organization") {
    builder.add_name(organisation, find_text(object, "name"));
    return std::nullopt;
  }
  if (type != "ASN") return BadField{"is neither of type Organization nor of type ASN"};
  Asn asn;
  if (auto bad = find_asn(object, "asn", asn)) return bad;
  builder.add(asn, organisation, {});
  return std::nullopt;
}

}  // namespace

void read_organisations(ByteSource& bytes, OrganisationsBuilder& builder, ReportWriter& report) {
  OrganisationReader reader(builder, report);
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) { reader.take_line(line); });
}

void read_organisations_json(ByteSource& bytes, OrganisationsBuilder& builder, ReportWriter& report) {
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) {
    if (!is_data(line.text)) return;
    report.record();
    const auto object = parse_object(line.text);
    if (!object) return report.bad(line.number, "is not a JSON object");
    if (auto bad = take_object(*object, builder)) report.bad(line.number, std::move(bad->why));
  });
}

}  // namespace isthmus::ip2as
