#include "store/baseline_rows.hpp"

#include <boost/json/parse.hpp>

#include "formats/json_writer.hpp"

namespace isthmus::store {
namespace {

namespace json = boost::json;
using resilience::AddressMemory;
using resilience::HostMemory;
using resilience::UpstreamMemory;

// The document's rows, each an array of `width` values; nothing when it is something else.
std::optional<std::vector<json::array>> rows_of(const std::string& text, std::size_t width) {
  boost::system::error_code error;
  const json::value document = json::parse(text, error);
  if (error || !document.is_array()) return std::nullopt;
  std::vector<json::array> rows;
  rows.reserve(document.get_array().size());
  for (const json::value& row : document.get_array()) {
    if (!row.is_array() || row.get_array().size() != width) return std::nullopt;
    rows.push_back(row.get_array());
  }
  return rows;
}

template <typename Number>
std::optional<Number> number(const json::value& value) {
  boost::system::error_code error;
  const auto result = value.to_number<Number>(error);
  return error ? std::nullopt : std::optional(result);
}

}  // namespace

std::string upstreams_to_json(const std::vector<UpstreamMemory>& upstreams) {
  formats::JsonWriter json;
  json.begin_array();
  for (const UpstreamMemory& upstream : upstreams) {
    json.begin_array().value(upstream.asn.number).value(upstream.lost ? 1 : 0);
    json.value(std::int64_t{upstream.first_seen.time_since_epoch().count()});
    json.value(std::int64_t{upstream.last_seen.time_since_epoch().count()}).end_array();
  }
  return json.end_array().take();
}

std::string addresses_to_json(const std::vector<AddressMemory>& addresses) {
  formats::JsonWriter json;
  json.begin_array();
  for (const AddressMemory& known : addresses) {
    json.begin_array().value(known.vantage).value(to_string(known.address)).value(known.answer_rate).end_array();
  }
  return json.end_array().take();
}

std::string hosts_to_json(const std::vector<HostMemory>& hosts) {
  formats::JsonWriter json;
  json.begin_array();
  for (const HostMemory& host : hosts) {
    json.begin_array().value(to_string(host.address)).value(std::int64_t{host.last_answer.time_since_epoch().count()});
    json.value(host.watched_days).value(host.departures).value(host.gone ? 1 : 0).end_array();
  }
  return json.end_array().take();
}

std::string events_to_json(const std::map<EventKind, std::uint64_t>& events) {
  formats::JsonWriter json;
  json.begin_object();
  for (const auto& [kind, count] : events) json.field(to_string(kind), count);
  return json.end_object().take();
}

std::optional<std::vector<UpstreamMemory>> upstreams_from_json(const std::string& text) {
  const auto rows = rows_of(text, 4);
  if (!rows) return std::nullopt;
  std::vector<UpstreamMemory> upstreams;
  for (const json::array& row : *rows) {
    const auto asn = number<std::uint32_t>(row[0]);
    const auto lost = number<int>(row[1]);
    const auto first = number<std::int64_t>(row[2]);
    const auto last = number<std::int64_t>(row[3]);
    if (!asn || !lost || !first || !last) return std::nullopt;
    upstreams.push_back({Asn{*asn}, *lost != 0, Timestamp(Duration(*first)), Timestamp(Duration(*last))});
  }
  return upstreams;
}

std::optional<std::vector<AddressMemory>> addresses_from_json(const std::string& text) {
  const auto rows = rows_of(text, 3);
  if (!rows) return std::nullopt;
  std::vector<AddressMemory> addresses;
  for (const json::array& row : *rows) {
    if (!row[0].is_string() || !row[1].is_string()) return std::nullopt;
    const auto address = IpAddress::parse(std::string_view(row[1].get_string()));
    const auto rate = number<double>(row[2]);
    if (!address || !rate) return std::nullopt;
    addresses.push_back({std::string(row[0].get_string()), *address, *rate});
  }
  return addresses;
}

std::optional<std::vector<HostMemory>> hosts_from_json(const std::string& text) {
  const auto rows = rows_of(text, 5);
  if (!rows) return std::nullopt;
  std::vector<HostMemory> hosts;
  for (const json::array& row : *rows) {
    if (!row[0].is_string()) return std::nullopt;
    const auto address = IpAddress::parse(std::string_view(row[0].get_string()));
    const auto last = number<std::int64_t>(row[1]);
    const auto watched = number<double>(row[2]);
    const auto departures = number<std::uint32_t>(row[3]);
    const auto gone = number<int>(row[4]);
    if (!address || !last || !watched || !departures || !gone) return std::nullopt;
    hosts.push_back({*address, Timestamp(Duration(*last)), *watched, *departures, *gone != 0});
  }
  return hosts;
}

std::optional<std::map<EventKind, std::uint64_t>> events_from_json(const std::string& text) {
  boost::system::error_code error;
  const json::value document = json::parse(text, error);
  if (error || !document.is_object()) return std::nullopt;
  std::map<EventKind, std::uint64_t> events;
  for (const auto& [key, value] : document.get_object()) {
    const auto kind = parse_event_kind(std::string_view(key));
    const auto count = number<std::uint64_t>(value);
    if (!kind || !count) return std::nullopt;
    events[*kind] = *count;
  }
  return events;
}

}  // namespace isthmus::store
