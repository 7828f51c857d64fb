#pragma once
// A change worth a line in the log: what, when, before, after, evidence. Value types; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus {

enum class State : std::uint8_t { up, degraded, down, unknown };
inline constexpr std::array kStates{State::up, State::degraded, State::down, State::unknown};
[[nodiscard]] const char* to_string(State state);
[[nodiscard]] std::optional<State> parse_state(std::string_view text);
/// What to look at first has the lowest: down, degraded, unknown, up.
[[nodiscard]] int urgency(State state);

/// Can this vantage point see at all? A vantage point that is not valid takes no part in votes.
enum class VantageState : std::uint8_t { valid, invalid, unknown };
inline constexpr std::array kVantageStates{VantageState::valid, VantageState::invalid, VantageState::unknown};
[[nodiscard]] const char* to_string(VantageState state);
[[nodiscard]] std::optional<VantageState> parse_vantage_state(std::string_view text);

/// How sure a last-hop conclusion is: A at least 0.95, B at least 0.8, C below.
enum class Confidence : std::uint8_t { a, b, c };
[[nodiscard]] const char* to_string(Confidence confidence);  ///< "A", "B", "C"

enum class EventKind : std::uint8_t {
  upstream_appeared,  ///< A (block, upstream) pair seen for the first time.
  upstream_lost,      ///< No unit carries the block by this upstream any more, and the block is still reachable.
  upstream_restored,  ///< A lost pair is back.
  share_shifted,
  redundancy_lost,  ///< Two or more upstreams became one; block empty when it is the whole target.
  redundancy_restored,
  block_down,
  block_up,
  target_down,     ///< All blocks that were known to answer are down.
  target_partial,  ///< Some, not all, and it stays so.
  target_up,
  vantage_invalid,
  vantage_valid,
};
inline constexpr std::array kEventKinds{
    EventKind::upstream_appeared, EventKind::upstream_lost,   EventKind::upstream_restored,
    EventKind::share_shifted,     EventKind::redundancy_lost, EventKind::redundancy_restored,
    EventKind::block_down,        EventKind::block_up,        EventKind::target_down,
    EventKind::target_partial,    EventKind::target_up,       EventKind::vantage_invalid,
    EventKind::vantage_valid};
[[nodiscard]] const char* to_string(EventKind kind);
[[nodiscard]] std::optional<EventKind> parse_event_kind(std::string_view text);

/// Where a path ends that used to lead further.
struct FailingHop {
  std::string vantage;
  Ttl ttl{1};             ///< Of the first hop that is missing, as it was before,
  IpAddress address;      ///< and who answered there.
  IpAddress last_answer;  ///< The furthest that answers now; 0.0.0.0 when nobody does.
  friend bool operator==(const FailingHop&, const FailingHop&) = default;
};

/// Why isthmus believes an event, for a person at 3 a.m.
struct Evidence {
  std::string summary;                ///< One sentence.
  std::vector<std::string> vantages;  ///< Vantage points that agree.
  std::vector<Trace> traces;          ///< At most a handful that show the change; may be empty.
  std::optional<FailingHop> failing;  ///< Where the first of these paths ends now, if one does.
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct Event {
  std::uint64_t id{0};  ///< Ascending, unique in a store; 0 until assigned.
  Timestamp time{};
  EventKind kind{EventKind::block_down};
  std::string target;          ///< Empty for vantage events.
  std::optional<Block> block;  ///< Empty when the event is about the whole target or a vantage point.
  Asn upstream;                ///< None unless the event is about one upstream.
  std::string vantage;         ///< Empty unless the event is about one vantage point.
  std::string before;          ///< e.g. "up", "4837,20485"
  std::string after;
  Evidence evidence;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace isthmus
