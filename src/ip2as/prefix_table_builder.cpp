#include "isthmus/ip2as/prefix_table_builder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "ip2as/prefix_table_data.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/source_text.hpp"

namespace isthmus::ip2as {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr const char* kFetchAgain = "; fetch the file again (deploy/fetch-prefix-data.sh) or mend the line";

Error error_at(std::string_view file, std::size_t line, std::string why) {
  return Error{ErrorCode::parse_failed, std::string(file) + ":" + std::to_string(line), std::move(why) + kFetchAgain};
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

struct PrefixTableBuilder::Data {
  PrefixLimits limits;
  std::vector<PrefixEntry<std::uint32_t>> v4;
  std::vector<PrefixEntry<Uint128>> v6;
  OriginTable origins;
  std::vector<Asn> usable;  // of the origins of the prefix at hand
  std::size_t skipped{0};
  std::string version;

  template <typename Number>
  std::vector<PrefixEntry<Number>>& entries() {
    if constexpr (kWidth<Number> == 32) {
      return v4;
    } else {
      return v6;
    }
  }

  template <typename Number>
  [[nodiscard]] int longest() const {
    return kWidth<Number> == 32 ? limits.ipv4 : limits.ipv6;
  }

  void add_prefix(const Prefix& prefix, OriginIndex origin) {
    if (prefix.address().is_v4()) {
      add_prefix(to_number<std::uint32_t>(prefix.address()), prefix.length(), origin);
    } else {
      add_prefix(to_number<Uint128>(prefix.address()), prefix.length(), origin);
    }
  }

  template <typename Number>
  void add_prefix(Number first, int length, OriginIndex origin) {
    if (origin == 0 || length > longest<Number>() || !is_public(first, length)) {
      ++skipped;
      return;
    }
    entries<Number>().push_back({first, static_cast<std::uint8_t>(length), origin});
  }

  // A range counts as the fewest prefixes that make it up: the largest one that starts here and fits, and so on.
  template <typename Number>
  void add_range(Number first, Number last, OriginIndex origin) {
    while (true) {
      const Number rest = last - first;  // One less than the addresses left, which might not fit the type.
      const bool all = rest == static_cast<Number>(~Number{0});
      const int fitting = all ? kWidth<Number> : bit_width(static_cast<Number>(rest + 1)) - 1;
      const int length = kWidth<Number> - std::min(fitting, trailing_zeros(first));
      add_prefix(first, length, origin);
      const Number end = last_of(first, length);
      if (end == last) return;
      first = end + 1;
    }
  }

  template <typename Number>
  void add_addresses(const SourceLine& line, OriginIndex origin) {
    const auto first = to_number<Number>(line.first);
    if (line.length >= 0) {
      add_prefix(first, line.length, origin);
    } else {
      add_range(first, to_number<Number>(line.last), origin);
    }
  }

  void add_line(const SourceLine& line) {
    const OriginIndex origin = origin_of(line.asn);
    if (wants_name(origin, line.name)) origins.set_name(origin, to_utf8(unquote(line.name)));
    if (line.first.is_v4()) {
      add_addresses<std::uint32_t>(line, origin);
    } else {
      add_addresses<Uint128>(line, origin);
    }
  }

  // 0 when the AS cannot be an origin: its prefixes are then skipped.
  OriginIndex origin_of(Asn asn) { return is_public(asn) ? origins.intern(asn) : 0; }
  OriginIndex origin_of(std::span<const Asn> asns) {
    usable.clear();
    for (const Asn asn : asns) {
      if (is_public(asn) && std::ranges::find(usable, asn) == usable.end()) usable.push_back(asn);
    }
    return usable.empty() ? 0 : origins.intern(usable);
  }

  bool wants_name(OriginIndex origin, std::string_view name) const {
    return origin != 0 && !name.empty() && !origins.has_name(origin);
  }
};

PrefixTableBuilder::PrefixTableBuilder(PrefixLimits limits) : data_(std::make_unique<Data>()) {
  data_->limits = limits;
}
PrefixTableBuilder::~PrefixTableBuilder() = default;
PrefixTableBuilder::PrefixTableBuilder(PrefixTableBuilder&&) noexcept = default;
PrefixTableBuilder& PrefixTableBuilder::operator=(PrefixTableBuilder&&) noexcept = default;

void PrefixTableBuilder::add(const Prefix& prefix, Asn asn, std::string_view name) {
  const OriginIndex origin = data_->origin_of(asn);
  if (data_->wants_name(origin, name)) data_->origins.set_name(origin, to_utf8(name));
  data_->add_prefix(prefix, origin);
}

void PrefixTableBuilder::add(const Prefix& prefix, std::span<const Asn> origins) {
  data_->add_prefix(prefix, data_->origin_of(origins));
}

Result<void> PrefixTableBuilder::add_text(std::string_view text, std::string_view file) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::optional<Format> format;
  SourceLine parsed;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.size() > kLongestLine) return error_at(file, number, "the line is too long to be text");
    if (end == text.size()) return error_at(file, number, "the last line has no line end: the file is cut off");
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (std::ranges::any_of(line, is_control)) return error_at(file, number, "holds binary data");
    if (!is_data(line)) continue;
    if (!format) format = detect_format(line);
    if (const auto bad = parse_line(line, *format, parsed)) return error_at(file, number, bad->why);
    data_->add_line(parsed);
  }
  if (!format) return error_at(file, std::max<std::size_t>(number, 1), "the file holds no prefixes");
  return {};
}

void PrefixTableBuilder::add_version(std::string_view version) {
  if (!data_->version.empty()) data_->version += ", ";
  data_->version += version;
}

PrefixTable PrefixTableBuilder::build() && {
  auto table = std::make_unique<PrefixTable::Data>();
  table->prefixes = data_->v4.size() + data_->v6.size();
  table->skipped = data_->skipped;
  table->v4 = IntervalMap<std::uint32_t>(std::move(data_->v4));
  table->v6 = IntervalMap<Uint128>(std::move(data_->v6));
  table->origins = std::move(data_->origins);
  table->origins.seal();
  table->version = std::move(data_->version);
  data_.reset();
  return PrefixTable(std::move(table));
}

}  // namespace isthmus::ip2as
