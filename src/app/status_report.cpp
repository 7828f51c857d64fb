#include "app/status_report.hpp"

#include <algorithm>
#include <limits>

#include "formats/json_reader.hpp"

namespace isthmus::app {
namespace {

namespace json = boost::json;
using formats::find_array;
using formats::find_integer;
using formats::find_number;
using formats::find_object;
using formats::find_string;

std::optional<Timestamp> time_of(const json::object& object, std::string_view key) {
  const auto time = parse_rfc3339(find_string(object, key).value_or(""));
  return time ? std::optional(*time) : std::nullopt;
}

State state_of(const json::object& object) {
  return parse_state(find_string(object, "state").value_or("")).value_or(State::unknown);
}

Asn asn_of(const json::object& object) {
  return Asn{static_cast<std::uint32_t>(
      find_integer(object, "asn", 0, std::numeric_limits<std::uint32_t>::max()).value_or(0))};
}

double share_of(const json::object& upstream) {
  const json::object* share = find_object(upstream, "share");
  const json::object* vantage = share == nullptr ? nullptr : find_object(*share, "vantage");
  return vantage == nullptr ? 0 : find_number(*vantage, "estimate").value_or(0);
}

// What is no object is left out: a list that holds such was not written by isthmus.
template <typename Read>
void each_object(const json::object& object, std::string_view key, const Read& read) {
  const json::array* list = find_array(object, key);
  if (list == nullptr) return;
  for (const json::value& value : *list) {
    if (value.is_object()) read(value.get_object());
  }
}

StatusTarget read_target(const json::object& object) {
  StatusTarget target;
  target.name = find_string(object, "target").value_or("");
  target.state = state_of(object);
  target.since = time_of(object, "since");
  target.min_cut = find_integer(object, "min_cut_as", 1, std::numeric_limits<std::uint32_t>::max());
  target.unknown_share = find_number(object, "unknown_share").value_or(1);
  each_object(object, "blocks", [&](const json::object& block) {
    ++target.blocks;
    target.blocks_up += state_of(block) == State::up ? 1 : 0;
  });
  each_object(object, "upstreams", [&](const json::object& upstream) {
    target.upstreams.push_back({.asn = asn_of(upstream),
                                .name = find_string(upstream, "name").value_or(""),
                                .state = state_of(upstream),
                                .share = share_of(upstream)});
  });
  std::stable_sort(target.upstreams.begin(), target.upstreams.end(),
                   [](const StatusUpstream& a, const StatusUpstream& b) { return a.share > b.share; });
  return target;
}

StatusVantage read_vantage(const json::object& object) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return {.name = find_string(object, "vantage").value_or(""),
          .state = parse_vantage_state(find_string(object, "state").value_or("")).value_or(VantageState::unknown),
          .since = time_of(object, "since"),
          .last_observation = time_of(object, "last_observation"),
          .controls = find_integer(object, "controls", 0, kMost).value_or(0),
          .controls_answering = find_integer(object, "controls_answering", 0, kMost).value_or(0),
          .reason = find_string(object, "reason").value_or("")};
}

}  // namespace

bool StatusReport::all_up() const {
  return std::all_of(targets.begin(), targets.end(), [](const StatusTarget& t) { return t.state == State::up; });
}

Result<StatusReport> read_status(std::string_view targets, std::string_view vantages) {
  const auto first = formats::parse_object(targets, "targets");
  if (!first) return first.error();
  const auto second = formats::parse_object(vantages, "vantages");
  if (!second) return second.error();
  const auto time = time_of(first->get_object(), "time");
  if (!time || find_array(first->get_object(), "targets") == nullptr) {
    return Error{ErrorCode::parse_failed, "read targets", "this is not what isthmus tells of its targets"};
  }
  StatusReport report;
  report.time = *time;
  each_object(first->get_object(), "targets",
              [&](const json::object& object) { report.targets.push_back(read_target(object)); });
  each_object(second->get_object(), "vantages",
              [&](const json::object& object) { report.vantages.push_back(read_vantage(object)); });
  // Of equals those that hang on fewer networks come first; without a known way that is not known.
  constexpr std::int64_t kMany = std::numeric_limits<std::int64_t>::max();
  std::stable_sort(report.targets.begin(), report.targets.end(), [&](const StatusTarget& a, const StatusTarget& b) {
    return std::pair(urgency(a.state), a.min_cut.value_or(kMany)) <
           std::pair(urgency(b.state), b.min_cut.value_or(kMany));
  });
  std::stable_sort(report.vantages.begin(), report.vantages.end(), [](const StatusVantage& a, const StatusVantage& b) {
    return (a.state == VantageState::valid) < (b.state == VantageState::valid);
  });
  return report;
}

}  // namespace isthmus::app
