#pragma once
// One element of a RIPE Atlas "result": an answer, silence, or a failure to send. Pure functions; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "formats/json_value.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// What is known of the probes that an element is about.
struct ProbedBy {
  IpAddress destination;
  Protocol protocol{Protocol::icmp};
};

/// How an element of a traceroute hop counts.
enum class AnswerKind { outcome, no_outcome /**< Late or a duplicate: its probe has an element of its own. */, bad };
[[nodiscard]] AnswerKind read_atlas_answer(const JsonObject& item, const ProbedBy& probed, AddressReader& addresses,
                                           Outcome& into, std::string& why);

/// The same for an element of a ping; `first_ttl` and `size` hold where the element does not say otherwise.
struct PingDefaults {
  Ttl ttl{0};
  std::uint16_t size{0};
};
[[nodiscard]] AnswerKind read_atlas_echo(const JsonObject& item, const ProbedBy& probed, const PingDefaults& defaults,
                                         Outcome& into, std::string& why);

/// A failure to send, from its text: "sendto failed: Network is unreachable" is ENETUNREACH, 0 is one that is unknown.
[[nodiscard]] SendFailed send_failure(std::string_view error);

/// Nothing when it is no round-trip time.
[[nodiscard]] std::optional<Duration> rtt_from_milliseconds(double milliseconds);

[[nodiscard]] std::optional<Protocol> parse_atlas_protocol(std::string_view word);

}  // namespace isthmus::formats
