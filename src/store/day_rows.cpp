#include "store/day_rows.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <cmath>
#include <span>

#include "formats/json_writer.hpp"

namespace isthmus::store {
namespace {

namespace json = boost::json;
using resilience::Condition;
using resilience::DayRecord;
using resilience::ShareEstimate;
using resilience::ShareIntegral;

// Milliseconds of an integral, parts in a million of a share: more is neither measured nor worth the space of five
// years.
constexpr double kSecondParts = 1e3;
constexpr double kShareParts = 1e6;

double rounded(double value, double parts) { return std::round(value * parts) / parts; }

void write(formats::JsonWriter& json, std::span<const double> values) {
  json.begin_array();
  for (const double value : values) json.value(value);
  json.end_array();
}

// The numbers of an array of `out.size()`; false when it is something else.
bool read(const json::value& value, std::span<double> out) {
  if (!value.is_array() || value.get_array().size() != out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    boost::system::error_code error;
    out[i] = value.get_array()[i].to_number<double>(error);
    if (error) return false;
  }
  return true;
}

// The upstream's number, if the row is [asn, array, array, array].
std::optional<Asn> asn_of(const json::value& row) {
  if (!row.is_array() || row.get_array().size() != 1 + resilience::kSharesOf.size()) return std::nullopt;
  boost::system::error_code error;
  const auto asn = row.get_array()[0].to_number<std::uint32_t>(error);
  return error ? std::nullopt : std::optional(Asn{asn});
}

json::value parse(const std::string& text) {
  boost::system::error_code error;
  json::value document = json::parse(text, error);
  return error ? json::value() : document;
}

bool read_upstreams(const json::value& document, Condition& condition) {
  if (!document.is_array()) return false;
  for (const json::value& row : document.get_array()) {
    const auto asn = asn_of(row);
    if (!asn) return false;
    Condition::Upstream upstream{.asn = *asn};
    for (std::size_t i = 0; i < upstream.share.size(); ++i) {
      std::array<double, 3> values{};
      if (!read(row.get_array()[i + 1], values)) return false;
      upstream.share[i] = ShareEstimate{.estimate = values[0], .low = values[1], .high = values[2]};
    }
    condition.upstreams.push_back(upstream);
  }
  return true;
}

}  // namespace

std::string day_upstreams_to_json(const std::vector<DayRecord::Upstream>& upstreams) {
  formats::JsonWriter json;
  json.begin_array();
  for (const DayRecord::Upstream& upstream : upstreams) {
    json.begin_array().value(upstream.asn.number);
    for (const ShareIntegral& share : upstream.share) {
      write(json, std::array{rounded(share.estimate, kSecondParts), rounded(share.low, kSecondParts),
                             rounded(share.high, kSecondParts), rounded(share.least, kShareParts),
                             rounded(share.most, kShareParts)});
    }
    json.end_array();
  }
  return json.end_array().take();
}

std::optional<std::vector<DayRecord::Upstream>> day_upstreams_from_json(const std::string& text) {
  const json::value document = parse(text);
  if (!document.is_array()) return std::nullopt;
  std::vector<DayRecord::Upstream> upstreams;
  for (const json::value& row : document.get_array()) {
    const auto asn = asn_of(row);
    if (!asn) return std::nullopt;
    DayRecord::Upstream upstream{.asn = *asn};
    for (std::size_t i = 0; i < upstream.share.size(); ++i) {
      std::array<double, 5> values{};
      if (!read(row.get_array()[i + 1], values)) return std::nullopt;
      upstream.share[i] = ShareIntegral{
          .estimate = values[0], .low = values[1], .high = values[2], .least = values[3], .most = values[4]};
    }
    upstreams.push_back(upstream);
  }
  return upstreams;
}

std::string condition_to_json(const std::optional<Condition>& condition) {
  if (!condition) return {};
  formats::JsonWriter json;
  json.begin_array().value(to_string(condition->state)).value(rounded(condition->unknown_share, kShareParts));
  json.begin_array();
  for (const Condition::Upstream& upstream : condition->upstreams) {
    json.begin_array().value(upstream.asn.number);
    for (const ShareEstimate& share : upstream.share) {
      write(json, std::array{rounded(share.estimate, kShareParts), rounded(share.low, kShareParts),
                             rounded(share.high, kShareParts)});
    }
    json.end_array();
  }
  return json.end_array().end_array().take();
}

std::optional<Condition> condition_from_json(const std::string& text) {
  const json::value document = parse(text);
  if (!document.is_array() || document.get_array().size() != 3) return std::nullopt;
  const json::array& parts = document.get_array();
  if (!parts[0].is_string() || !parts[1].is_number()) return std::nullopt;
  const auto state = parse_state(std::string_view(parts[0].get_string()));
  if (!state) return std::nullopt;
  Condition condition{.state = *state, .unknown_share = parts[1].to_number<double>(), .upstreams = {}};
  if (!read_upstreams(parts[2], condition)) return std::nullopt;
  return condition;
}

}  // namespace isthmus::store
