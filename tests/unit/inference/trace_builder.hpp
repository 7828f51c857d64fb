#pragma once
// Traces as text: "12.0.1.1 * 219.158.3.2 175.45.176.71", one word a TTL. A star is silence, `!` behind an address an
// unreachable, `=` an echo reply. The last word decides why the trace stopped, unless told otherwise.

#include <memory>
#include <sstream>
#include <string>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::inference::testing {

inline IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }
inline Timestamp second(int seconds) { return Timestamp(std::chrono::seconds(1'500'000'000 + seconds)); }

/// As its operator would describe it.
inline TargetNetwork north_korea() {
  return {.name = "north-korea",
          .asn = Asn{131279},
          .prefixes = {Prefix::parse("175.45.176.0/22").value()},
          .known_providers = {Asn{4837}, Asn{20485}}};
}

/// The same when nobody has said who its providers are.
inline TargetNetwork uncharted() {
  TargetNetwork network = north_korea();
  network.known_providers.clear();
  return network;
}

/// Prefixes and nothing else: no relationships, no exchanges.
inline std::shared_ptr<ip2as::NetworkData> prefixes_only() {
  ip2as::PrefixTableBuilder builder;
  const auto add = [&](const char* prefix, std::uint32_t asn, const char* name) {
    builder.add(Prefix::parse(prefix).value(), Asn{asn}, name);
  };
  add("12.0.0.0/9", 7018, "AT&T");
  add("144.232.0.0/16", 1239, "Sprint");
  add("219.158.0.0/16", 4837, "China Unicom");
  add("188.43.0.0/16", 20485, "TransTeleCom");
  add("175.45.176.0/22", 131279, "STAR-KP");
  auto data = std::make_shared<ip2as::NetworkData>();
  data->prefixes = std::move(builder).build();
  return data;
}

struct Shape {
  std::string destination{"175.45.176.71"};
  std::string vantage{"us"};
  int flow{0};
  int started{0};
  Ttl first_ttl{1};
  std::optional<StopReason> stop{};
};

inline Trace trace(const std::string& path, const Shape& shape = {}) {
  Trace result;
  result.vantage = shape.vantage;
  result.target = "north-korea";
  result.destination = ip(shape.destination);
  result.flow = FlowId{static_cast<std::uint16_t>(shape.flow)};
  result.started = second(shape.started);
  result.ended = second(shape.started + 1);
  std::istringstream words(path);
  Ttl ttl = shape.first_ttl;
  for (std::string word; words >> word; ++ttl) {
    Hop& hop = result.hops.emplace_back(Hop{.ttl = ttl, .outcomes = {}});
    result.stop = StopReason::gap_limit;
    if (word == "*") {
      hop.outcomes.emplace_back(TimedOut{});
      continue;
    }
    Reply reply;
    reply.kind = ReplyKind::time_exceeded;
    if (word.back() == '!') reply.kind = ReplyKind::unreachable;
    if (word.back() == '=') reply.kind = ReplyKind::echo_reply;
    if (reply.kind != ReplyKind::time_exceeded) word.pop_back();
    reply.from = ip(word);
    if (reply.kind == ReplyKind::unreachable) result.stop = StopReason::unreachable;
    if (reply.from == result.destination) result.stop = StopReason::reached;
    hop.outcomes.emplace_back(reply);
  }
  if (shape.stop) result.stop = *shape.stop;
  return result;
}

}  // namespace isthmus::inference::testing
