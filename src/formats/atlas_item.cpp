#include "formats/atlas_item.hpp"

#include <limits>

#include "formats/json_keys.hpp"

namespace isthmus::formats {
namespace {

enum class Key : std::uint8_t {
  from,
  rtt,
  ttl,
  size,
  x,
  err,
  late,
  dup,
  ittl,
  itos,
  icmpext,
  icmp_type,
  icmp_code,
  kind,
  flags,
  edst,
  mtu,
  error,
  error_number,
  ip_id,
  weak,
  rewritten,
  reply
};
constexpr KeyTable<Key, 23> kKeys{{{"from", Key::from},
                                   {"rtt", Key::rtt},
                                   {"ttl", Key::ttl},
                                   {"size", Key::size},
                                   {"x", Key::x},
                                   {"err", Key::err},
                                   {"late", Key::late},
                                   {"dup", Key::dup},
                                   {"ittl", Key::ittl},
                                   {"itos", Key::itos},
                                   {"icmpext", Key::icmpext},
                                   {"icmp_type", Key::icmp_type},
                                   {"icmp_code", Key::icmp_code},
                                   {"kind", Key::kind},
                                   {"flags", Key::flags},
                                   {"edst", Key::edst},
                                   {"mtu", Key::mtu},
                                   {"error", Key::error},
                                   {"errno", Key::error_number},
                                   {"ip_id", Key::ip_id},
                                   {"weak", Key::weak},
                                   {"rewritten", Key::rewritten},
                                   {"reply", Key::reply}}};

bool is_true(const JsonValue& value) {
  bool flag = false;
  return value.get(flag) == simdjson::SUCCESS && flag;
}

void note(AtlasItem& item, Key key, const JsonValue& value) {
  switch (key) {
    case Key::from: item.from = value; break;
    case Key::rtt: item.rtt = value; break;
    case Key::ttl: item.ttl = integer_of(value, 0, 255); break;
    case Key::size: item.size = integer_of(value, 0, 65535); break;
    case Key::x: item.silent = true; break;
    case Key::err: item.err = value; break;
    case Key::late: item.late = true; break;
    case Key::dup: item.duplicate = true; break;
    case Key::ittl: item.quoted_ttl = integer_of(value, 0, 255); break;
    case Key::itos: item.quoted_tos = integer_of(value, 0, 255); break;
    case Key::icmpext: item.extensions = value; break;
    case Key::icmp_type: item.icmp_type = integer_of(value, 0, 255); break;
    case Key::icmp_code: item.icmp_code = integer_of(value, 0, 255); break;
    case Key::kind: item.kind = text_of(value).value_or(""); break;
    case Key::flags: item.tcp_flags = text_of(value).value_or(""); break;
    case Key::edst: item.redirected = true; break;
    case Key::mtu: item.too_big = true; break;
    case Key::error: item.error = value; break;
    case Key::error_number: item.error_number = integer_of(value, 0, std::numeric_limits<int>::max()); break;
    case Key::ip_id: item.ip_id = integer_of(value, 0, 65535); break;
    case Key::weak: item.weak = is_true(value); break;
    case Key::rewritten: item.rewritten = is_true(value); break;
    case Key::reply: item.reply = value; break;
  }
}

std::int64_t number_at(const JsonObject& object, std::string_view key, std::int64_t high) {
  JsonValue value;
  return object.at_key(key).get(value) == simdjson::SUCCESS ? integer_of(value, 0, high).value_or(0) : 0;
}

}  // namespace

AtlasItem read_atlas_item(const JsonObject& object) {
  AtlasItem item;
  for (const auto [name, value] : object) {
    const auto key = find_key(kKeys, name);
    if (key && !value.is_null()) note(item, *key, value);
  }
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
