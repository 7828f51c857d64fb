#include "isthmus/model/event.hpp"

namespace isthmus {
namespace {

// The inverse of to_string over all values of an enumeration.
template <typename Values>
auto find_by_name(const Values& values, std::string_view text) -> std::optional<typename Values::value_type> {
  for (const auto value : values) {
    if (text == to_string(value)) return value;
  }
  return std::nullopt;
}

}  // namespace

const char* to_string(State state) {
  switch (state) {
    case State::up: return "up";
    case State::degraded: return "degraded";
    case State::down: return "down";
    case State::unknown: return "unknown";
  }
  return "unknown";
}

std::optional<State> parse_state(std::string_view text) { return find_by_name(kStates, text); }

int urgency(State state) {
  switch (state) {
    case State::down: return 0;
    case State::degraded: return 1;
    case State::unknown: return 2;
    case State::up: return 3;
  }
  return 3;
}

const char* to_string(VantageState state) {
  switch (state) {
    case VantageState::valid: return "valid";
    case VantageState::invalid: return "invalid";
    case VantageState::unknown: return "unknown";
  }
  return "unknown";
}

std::optional<VantageState> parse_vantage_state(std::string_view text) { return find_by_name(kVantageStates, text); }

const char* to_string(Confidence confidence) {
  switch (confidence) {
    case Confidence::a: return "A";
    case Confidence::b: return "B";
    case Confidence::c: return "C";
  }
  return "C";
}

const char* to_string(EventKind kind) {
  switch (kind) {
    case EventKind::upstream_appeared: return "upstream_appeared";
    case EventKind::upstream_lost: return "upstream_lost";
    case EventKind::upstream_restored: return "upstream_restored";
    case EventKind::share_shifted: return "share_shifted";
    case EventKind::redundancy_lost: return "redundancy_lost";
    case EventKind::redundancy_restored: return "redundancy_restored";
    case EventKind::block_down: return "block_down";
    case EventKind::block_up: return "block_up";
    case EventKind::target_down: return "target_down";
    case EventKind::target_partial: return "target_partial";
    case EventKind::target_up: return "target_up";
    case EventKind::vantage_invalid: return "vantage_invalid";
    case EventKind::vantage_valid: return "vantage_valid";
  }
  return "unknown";
}

std::optional<EventKind> parse_event_kind(std::string_view text) { return find_by_name(kEventKinds, text); }

}  // namespace isthmus
