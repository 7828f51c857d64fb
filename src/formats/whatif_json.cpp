#include "isthmus/formats/whatif_json.hpp"

#include <limits>
#include <utility>

#include "formats/json_reader.hpp"
#include "formats/json_writer.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;
using resilience::BlockVerdict;
using resilience::Carrier;
using resilience::Fate;
using resilience::kFates;
using resilience::TargetVerdict;
using resilience::Units;
using resilience::WhatIf;

void write_min_cut(JsonWriter& json, std::uint32_t before, std::uint32_t after) {
  json.key("min_cut_as").begin_object().key("before");
  before == 0 ? json.null() : json.value(before);
  json.key("after");
  before == 0 ? json.null() : json.value(after);
  json.end_object();
}

void write_units(JsonWriter& json, const Units& units) {
  json.key("units").begin_object().field("all", units.all).field("known", units.known);
  json.field("kept", units.kept).field("moved", units.moved).end_object();
}

void write_carriers(JsonWriter& json, const std::vector<Carrier>& carriers) {
  json.key("carried_by").begin_array();
  for (const Carrier& carrier : carriers) {
    json.begin_object().field("asn", carrier.asn.number).field_or_null("name", carrier.name);
    json.field("share", carrier.share).end_object();
  }
  json.end_array();
}

void write_block(JsonWriter& json, const BlockVerdict& block) {
  json.begin_object().field("block", to_string(block.block)).field("fate", to_string(block.fate));
  write_min_cut(json, block.min_cut_before, block.min_cut_after);
  write_units(json, block.units);
  write_carriers(json, block.carriers);
  json.end_object();
}

void write_target(JsonWriter& json, const TargetVerdict& target) {
  json.begin_object().field("target", target.target).key("blocks_by_fate").begin_object();
  for (const Fate fate : kFates) json.field(to_string(fate), target.blocks_by_fate[static_cast<std::size_t>(fate)]);
  json.end_object();
  write_min_cut(json, target.min_cut_before, target.min_cut_after);
  write_units(json, target.units);
  write_carriers(json, target.carriers);
  json.key("blocks").begin_array();
  for (const BlockVerdict& block : target.blocks) write_block(json, block);
  json.end_array().end_object();
}

Error bad(std::string detail) { return json_error("what-if", std::move(detail)); }

std::uint32_t number(const json::object& object, std::string_view key) {
  return static_cast<std::uint32_t>(
      find_integer(object, key, 0, std::numeric_limits<std::uint32_t>::max()).value_or(0));
}

void read_min_cut(const json::object& object, std::uint32_t& before, std::uint32_t& after) {
  const auto* cut = find_object(object, "min_cut_as");
  if (cut == nullptr) return;
  before = number(*cut, "before");
  after = number(*cut, "after");
}

Units read_units(const json::object& object) {
  const auto* units = find_object(object, "units");
  if (units == nullptr) return {};
  return {.all = number(*units, "all"),
          .known = number(*units, "known"),
          .kept = number(*units, "kept"),
          .moved = number(*units, "moved")};
}

// Calls `read` with every object of a list, until one fails.
template <typename Read>
Result<void> each(const json::object& object, std::string_view key, const Read& read) {
  const auto* list = find_array(object, key);
  if (list == nullptr) return {};
  for (const json::value& value : *list) {
    if (!value.is_object()) return bad("\"" + std::string(key) + "\" holds something that is no object");
    if (const auto done = read(value.get_object()); !done) return done.error();
  }
  return {};
}

Result<void> read_carriers(const json::object& object, std::vector<Carrier>& carriers) {
  return each(object, "carried_by", [&](const json::object& item) -> Result<void> {
    const auto share = find_number(item, "share");
    if (!share) return bad("a carrier has no \"share\"");
    carriers.push_back(
        {.asn = Asn{number(item, "asn")}, .name = find_string(item, "name").value_or(""), .share = *share});
    return {};
  });
}

Result<void> read_block(const json::object& object, BlockVerdict& block) {
  const auto prefix = Prefix::parse(find_string(object, "block").value_or(""));
  if (!prefix) return bad("\"block\": " + prefix.error().detail);
  block.block = Block{*prefix};
  const auto fate = resilience::parse_fate(find_string(object, "fate").value_or(""));
  if (!fate) return bad("\"fate\" is none that this isthmus knows; are both of one version?");
  block.fate = *fate;
  read_min_cut(object, block.min_cut_before, block.min_cut_after);
  block.units = read_units(object);
  return read_carriers(object, block.carriers);
}

Result<void> read_target(const json::object& object, TargetVerdict& target) {
  target.target = find_string(object, "target").value_or("");
  if (const auto* counts = find_object(object, "blocks_by_fate")) {
    for (const Fate fate : kFates)
      target.blocks_by_fate[static_cast<std::size_t>(fate)] = number(*counts, to_string(fate));
  }
  read_min_cut(object, target.min_cut_before, target.min_cut_after);
  target.units = read_units(object);
  if (const auto read = read_carriers(object, target.carriers); !read) return read.error();
  return each(object, "blocks",
              [&](const json::object& item) { return read_block(item, target.blocks.emplace_back()); });
}

Result<void> read_failure(const json::object& object, WhatIf& answer) {
  const auto read = each(object, "ases", [&](const json::object& item) -> Result<void> {
    const Asn asn{number(item, "asn")};
    answer.failure.ases.push_back(asn);
    if (auto name = find_string(item, "name")) answer.names.emplace(asn, std::move(*name));
    return {};
  });
  if (!read) return read.error();
  const auto* routers = find_array(object, "routers");
  if (routers == nullptr) return {};
  for (const json::value& value : *routers) {
    const auto address =
        IpAddress::parse(value.is_string() ? std::string_view(value.get_string()) : std::string_view());
    if (!address) return bad("\"routers\": " + address.error().detail);
    answer.failure.routers.push_back(*address);
  }
  return {};
}

}  // namespace

std::string whatif_json(const WhatIf& answer) {
  JsonWriter json;
  json.begin_object().field("time", answer.time);
  json.key("fail").begin_object().key("ases").begin_array();
  for (const Asn asn : answer.failure.ases) {
    const auto name = answer.names.find(asn);
    json.begin_object().field("asn", asn.number);
    json.field_or_null("name", name == answer.names.end() ? std::string_view() : name->second).end_object();
  }
  json.end_array().key("routers").begin_array();
  for (const IpAddress& router : answer.failure.routers) json.value(to_string(router));
  json.end_array().end_object().key("targets").begin_array();
  for (const TargetVerdict& target : answer.targets) write_target(json, target);
  return json.end_array().end_object().take();
}

Result<WhatIf> whatif_from_json(std::string_view text) {
  const auto document = parse_object(text, "what-if");
  if (!document) return document.error();
  const json::object& object = document->get_object();
  WhatIf answer;
  if (const auto time = find_string(object, "time")) {
    const auto parsed = parse_rfc3339(*time);
    if (!parsed) return bad("\"time\": " + parsed.error().detail);
    answer.time = *parsed;
  }
  const auto* failure = find_object(object, "fail");
  if (failure == nullptr) return bad("\"fail\" is missing");
  if (const auto read = read_failure(*failure, answer); !read) return read.error();
  const auto read = each(object, "targets",
                         [&](const json::object& item) { return read_target(item, answer.targets.emplace_back()); });
  if (!read) return read.error();
  return answer;
}

}  // namespace isthmus::formats
