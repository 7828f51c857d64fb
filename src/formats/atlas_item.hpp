#pragma once
// One element of a RIPE Atlas "result" as it stands there, before anybody asks what it means. Pure functions; any
// thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/json_value.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Views into the parsed document.
struct AtlasItem {
  std::optional<JsonValue> from{}, rtt{}, error{}, err{}, extensions{}, reply{};
  std::optional<std::int64_t> ttl{}, size{}, quoted_ttl{}, quoted_tos{}, icmp_type{}, icmp_code{}, error_number{},
      ip_id{};
  std::string_view kind{}, tcp_flags{};
  bool late{false}, duplicate{false}, silent{false}, redirected{false}, too_big{false}, weak{false}, rewritten{false};
};

[[nodiscard]] AtlasItem read_atlas_item(const JsonObject& object);

/// Label stacks of "icmpext", {"version":2,"rfc4884":1,"obj":[{"class":1,"type":1,"mpls":[{"label":20,"exp":0,"s":1,
/// "ttl":1}]}]} (RFC 4950), appended.
void read_atlas_labels(const JsonValue& extensions, std::vector<MplsLabel>& labels);

}  // namespace isthmus::formats
