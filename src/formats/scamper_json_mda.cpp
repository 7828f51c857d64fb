#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "formats/json_keys.hpp"
#include "formats/scamper_fields.hpp"
#include "formats/scamper_json.hpp"

namespace isthmus::formats {
namespace {

// A probe to one TTL behind a node.
struct Probe {
  FlowId flow;
  Ttl ttl;
  Timestamp sent;
};
using Probed = std::vector<Probe>;

struct ProbeFields {
  std::optional<Timestamp> sent{};
  std::optional<std::int64_t> ttl{}, flow{};
  std::optional<JsonArray> replies{};
};

constexpr JsonKeys<ProbeFields, 4> kProbeKeys{{{
    {"tx", [](ProbeFields& probe, const JsonValue& value) { probe.sent = scamper_time(value); }},
    {"ttl", [](ProbeFields& probe, const JsonValue& value) { probe.ttl = integer_of(value, 1, 255); }},
    {"flowid", [](ProbeFields& probe, const JsonValue& value) { probe.flow = integer_of(value, 0, 65535); }},
    {"replies", [](ProbeFields& probe, const JsonValue& value) { probe.replies = array_of(value); }},
}}};

// Who answered stands beside the probes; "" and "*" are nobody.
Outcome first_reply(const ProbeFields& probe, const IpAddress& from) {
  if (!probe.replies || from == IpAddress{}) return TimedOut{};
  for (const JsonValue element : *probe.replies) {
    const auto object = object_of(element);
    if (!object) continue;
    ScamperAnswer answer = read_scamper_answer(*object, from);
    // A reply may say by itself whose it is; when that is no address, it is nobody's.
    if (answer.has_rtt && answer.reply.from != IpAddress{}) return std::move(answer.reply);
  }
  return TimedOut{};
}

class LinkReader {
 public:
  explicit LinkReader(MdaFlows& flows) : flows_(flows) {}

  // Who was seen at one TTL: {"addr":...,"probes":[...]}. False when the probes do not follow the format.
  bool read_neighbour(const JsonObject& node, Probed& probed) {
    JsonValue value;
    const auto address = node.at_key("addr").get(value) == simdjson::SUCCESS ? address_of(value) : std::nullopt;
    JsonArray probes;
    if (node.at_key("probes").get(probes) != simdjson::SUCCESS) return true;
    for (const JsonValue element : probes) {
      ProbeFields probe;
      const auto object = object_of(element);
      if (object) read_keys(*object, kProbeKeys, probe);
      if (!probe.sent || !probe.ttl || !probe.flow) return false;
      const FlowId flow{static_cast<std::uint16_t>(*probe.flow)};
      const Ttl ttl = static_cast<Ttl>(*probe.ttl);
      flows_.add(flow, ttl, *probe.sent, first_reply(probe, address.value_or(IpAddress{})));
      probed.push_back({flow, ttl, *probe.sent});
    }
    return true;
  }

  // A TTL where nobody answered is printed without its probes: those to the next one met silence there, and that
  // earlier than they were sent.
  void add_silence(const Probed& next, Probed& probed) {
    for (const Probe& probe : next) {
      if (probe.ttl < 2) continue;
      probed.push_back({probe.flow, static_cast<Ttl>(probe.ttl - 1), probe.sent});
      flows_.add(probe.flow, probed.back().ttl, probe.sent, TimedOut{});
    }
  }

 private:
  MdaFlows& flows_;
};

// The links of a node: who was seen one TTL behind it, two TTLs behind it, ...
bool read_links(const JsonValue& node, LinkReader& reader) {
  JsonArray sets;
  if (node["links"].get(sets) != simdjson::SUCCESS) return true;
  std::vector<Probed> probed;
  for (const JsonValue element : sets) {
    const auto set = array_of(element);
    if (!set) return false;
    probed.emplace_back();
    for (const JsonValue member : *set) {
      const auto neighbour = object_of(member);
      if (!neighbour || !reader.read_neighbour(*neighbour, probed.back())) return false;
    }
  }
  for (std::size_t i = probed.size(); i-- > 1;) {
    if (probed[i - 1].empty()) reader.add_silence(probed[i], probed[i - 1]);
  }
  return true;
}

bool read_nodes(const JsonArray& nodes, LinkReader& reader) {
  for (const JsonValue node : nodes) {
    if (!node.is_object() || !read_links(node, reader)) return false;
  }
  return true;
}

}  // namespace

bool ScamperJsonReader::read_mda(const ScamperFields& fields, std::vector<Trace>& into, std::string& why) {
  const auto protocol = scamper_mda_protocol(fields.method);
  why = "it is no MDA traceroute: \"method\", \"dst\" or \"start\" does not fit";
  const IpAddress destination = known_or_none(fields.destination.value_or(IpAddress{}));
  if (!protocol || destination == IpAddress{} || !fields.start) return false;
  flows_.clear();
  LinkReader reader(flows_);
  why = "\"nodes\" do not follow the format";
  if (fields.nodes && !read_nodes(*fields.nodes, reader)) return false;
  Trace like;
  like.vantage = vantage_of(fields);
  like.source = known_or_none(fields.source.value_or(IpAddress{}));
  like.destination = destination;
  like.protocol = *protocol;
  flows_.append_traces(like, into);
  return true;
}

}  // namespace isthmus::formats
