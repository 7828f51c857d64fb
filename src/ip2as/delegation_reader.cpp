#include "ip2as/delegation_reader.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ip2as/line_reader.hpp"
#include "ip2as/number.hpp"
#include "ip2as/sorted.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

// registry|country|type|start|value|date|status|opaque id, and extensions that nobody needs here.
enum Field : std::size_t { kRegistry, kCountry, kType, kStart, kValue, kDate, kStatus, kOpaqueId };

// Registries that delegate within a country hold thousands of AS numbers, which say nothing about an address any more.
constexpr std::size_t kMostOrigins = 16;
constexpr std::uint32_t kMostNumbers = 65536;

class DelegationReader {
 public:
  DelegationReader(const PrefixTable& announced, PrefixTableBuilder& builder, ReportWriter& report)
      : announced_(announced), builder_(builder), report_(report) {}

  void take_line(const Line& line) {
    split(line.text, '|', fields_);
    if (fields_.front().find_first_not_of("0123456789.") == std::string_view::npos) return take_version();
    if (fields_.size() > 1 && fields_.back() == "summary") return;
    report_.record();
    if (fields_.size() <= kStatus) {
      return report_.bad(line.number, "has fewer than the seven fields registry|country|type|start|value|date|status");
    }
    if (auto bad = take_record()) report_.bad(line.number, std::move(bad->why));
  }

  void finish() {
    for (std::vector<Asn>& asns : asns_of_) order(asns);
    for (const Space& space : spaces_) {
      const std::vector<Asn>& asns = asns_of_[space.holder];
      if (asns.empty() || !builder_.add_range(space.first, space.last, asns)) report_.skipped();
    }
  }

 private:
  using Holder = std::size_t;
  struct Space {
    Holder holder;
    IpAddress first;
    IpAddress last;
  };

  // version|registry|serial|records|start date|end date|offset from UTC
  void take_version() {
    if (fields_.size() < 6 || fields_[5].size() != 8 || !all_digits(fields_[5])) return;
    const std::string date(fields_[5]);
    report_.report().date = date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6);
  }

  std::optional<BadField> take_record() {
    const std::string_view type = fields_[kType];
    const bool given = fields_[kStatus] == "allocated" || fields_[kStatus] == "assigned";
    const bool held = given && fields_.size() > kOpaqueId && !fields_[kOpaqueId].empty();
    if (type == "asn") return take_asns(held);
    if (type == "ipv4") return take_ipv4(held);
    if (type == "ipv6") return take_ipv6(held);
    return BadField{quoted(type) + " is none of asn, ipv4, ipv6"};
  }

  std::optional<BadField> take_asns(bool held) {
    Asn first;
    if (auto bad = read_asn(fields_[kStart], first)) return bad;
    std::uint32_t count = 0;
    if (!read_number(fields_[kValue], count) || count == 0 || count - 1 > 0xFFFFFFFF - first.number) {
      return BadField{quoted(fields_[kValue]) + " is no number of AS numbers"};
    }
    if (!held || count > kMostNumbers) {
      report_.skipped();
      return std::nullopt;
    }
    std::vector<Asn>& asns = asns_of_[holder()];
    for (std::uint32_t i = 0; i < count; ++i) asns.push_back(Asn{first.number + i});
    return std::nullopt;
  }

  std::optional<BadField> take_ipv4(bool held) {
    const auto first = read_address(fields_[kStart]);
    std::uint64_t count = 0;
    if (!first || !first->is_v4()) return BadField{quoted(fields_[kStart]) + " is not an IPv4 address"};
    if (!read_number(fields_[kValue], count) || count == 0 || count > (std::uint64_t{1} << 32) - first->v4_value()) {
      return BadField{quoted(fields_[kValue]) + " is no number of addresses from " + to_string(*first) + " on"};
    }
    take_space(held, *first, IpAddress::v4(first->v4_value() + static_cast<std::uint32_t>(count - 1)));
    return std::nullopt;
  }

  std::optional<BadField> take_ipv6(bool held) {
    Prefix prefix;
    if (auto bad = read_prefix(fields_[kStart], fields_[kValue], prefix)) return bad;
    if (prefix.address().is_v4()) return BadField{quoted(fields_[kStart]) + " is not an IPv6 address"};
    take_space(held, prefix.address(), to_address(last_of(to_number<Uint128>(prefix.address()), prefix.length())));
    return std::nullopt;
  }

  void take_space(bool held, const IpAddress& first, const IpAddress& last) {
    if (!held) return report_.skipped();
    spaces_.push_back({holder(), first, last});
  }

  // Ids mean something within a registry alone.
  Holder holder() {
    std::string id = std::string(fields_[kRegistry]) + "|" + std::string(fields_[kOpaqueId]);
    const auto [entry, is_new] = holders_.try_emplace(std::move(id), asns_of_.size());
    if (is_new) asns_of_.emplace_back();
    return entry->second;
  }

  void order(std::vector<Asn>& asns) const {
    sort_unique(asns);
    std::stable_partition(asns.begin(), asns.end(), [&](Asn asn) { return announced_.originates(asn); });
    if (asns.size() > kMostOrigins) asns.resize(kMostOrigins);
  }

  const PrefixTable& announced_;
  PrefixTableBuilder& builder_;
  ReportWriter& report_;
  std::vector<std::string_view> fields_;
  std::unordered_map<std::string, Holder> holders_;
  std::vector<std::vector<Asn>> asns_of_;  // By holder.
  std::vector<Space> spaces_;
};

}  // namespace

void read_delegations(ByteSource& bytes, const PrefixTable& announced, PrefixTableBuilder& builder,
                      ReportWriter& report) {
  DelegationReader reader(announced, builder, report);
  read_lines(bytes, report, LastLine::must_end, [&](const Line& line) {
    if (is_data(line.text)) reader.take_line(line);
  });
  reader.finish();
}

}  // namespace isthmus::ip2as
