#include "formats/atlas_item.hpp"

#include <array>
#include <limits>

#include "formats/json_keys.hpp"

namespace isthmus::formats {
namespace {

constexpr std::int64_t kMaxErrno = std::numeric_limits<int>::max();

bool is_true(const JsonValue& value) {
  bool flag = false;
  return value.get(flag) == simdjson::SUCCESS && flag;
}

using Item = AtlasItem;
using Value = JsonValue;

constexpr JsonKeys<Item, 23> kKeys{{{
    {"from", [](Item& item, const Value& value) { item.from = value; }},
    {"rtt", [](Item& item, const Value& value) { item.rtt = value; }},
    {"ttl", [](Item& item, const Value& value) { item.ttl = integer_of(value, 0, 255); }},
    {"size", [](Item& item, const Value& value) { item.size = integer_of(value, 0, 65535); }},
    {"x", [](Item& item, const Value&) { item.silent = true; }},
    {"err", [](Item& item, const Value& value) { item.err = value; }},
    {"late", [](Item& item, const Value&) { item.late = true; }},
    {"dup", [](Item& item, const Value&) { item.duplicate = true; }},
    {"ittl", [](Item& item, const Value& value) { item.quoted_ttl = integer_of(value, 0, 255); }},
    {"itos", [](Item& item, const Value& value) { item.quoted_tos = integer_of(value, 0, 255); }},
    {"icmpext", [](Item& item, const Value& value) { item.extensions = value; }},
    {"icmp_type", [](Item& item, const Value& value) { item.icmp_type = integer_of(value, 0, 255); }},
    {"icmp_code", [](Item& item, const Value& value) { item.icmp_code = integer_of(value, 0, 255); }},
    {"kind", [](Item& item, const Value& value) { item.kind = text_of(value).value_or(""); }},
    {"flags", [](Item& item, const Value& value) { item.tcp_flags = text_of(value).value_or(""); }},
    {"edst", [](Item& item, const Value&) { item.redirected = true; }},
    {"mtu", [](Item& item, const Value&) { item.too_big = true; }},
    {"error", [](Item& item, const Value& value) { item.error = value; }},
    {"errno", [](Item& item, const Value& value) { item.error_number = integer_of(value, 0, kMaxErrno); }},
    {"ip_id", [](Item& item, const Value& value) { item.ip_id = integer_of(value, 0, 65535); }},
    {"weak", [](Item& item, const Value& value) { item.weak = is_true(value); }},
    {"rewritten", [](Item& item, const Value& value) { item.rewritten = is_true(value); }},
    {"reply", [](Item& item, const Value& value) { item.reply = value; }},
}}};

std::int64_t number_at(const JsonObject& object, std::string_view key, std::int64_t high) {
  JsonValue value;
  return object.at_key(key).get(value) == simdjson::SUCCESS ? integer_of(value, 0, high).value_or(0) : 0;
}

}  // namespace

AtlasItem read_atlas_item(const JsonObject& object) {
  AtlasItem item;
  read_keys(object, kKeys, item);
  return item;
}

void read_atlas_labels(const JsonValue& extensions, std::vector<MplsLabel>& labels) {
  JsonArray objects;
  if (extensions["obj"].get(objects) != simdjson::SUCCESS) return;
  for (const JsonValue object : objects) {
    JsonArray stack;
    if (object["mpls"].get(stack) != simdjson::SUCCESS) continue;
    for (const JsonValue entry : stack) {
      const auto label = object_of(entry);
      if (!label) continue;
      labels.push_back({.label = static_cast<std::uint32_t>(number_at(*label, "label", 0xFFFFF)),
                        .experimental = static_cast<std::uint8_t>(number_at(*label, "exp", 7)),
                        .bottom = number_at(*label, "s", 1) == 1,
                        .ttl = static_cast<Ttl>(number_at(*label, "ttl", 255))});
    }
  }
}

}  // namespace isthmus::formats
