#pragma once
// Handlers over the sample snapshot, with switches for what goes wrong.

#include "isthmus/formats/event_json.hpp"
#include "isthmus/telemetry/http_server.hpp"
#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::telemetry {

inline Handlers sample_handlers() {
  Handlers handlers;
  const auto snapshot = std::make_shared<const resilience::Snapshot>(test::sample_snapshot());
  handlers.snapshot = [snapshot] { return snapshot; };
  handlers.events = [](const EventQuery&) -> Result<std::vector<Event>> { return std::vector{test::sample_event()}; };
  handlers.history = [](const resilience::HistoryQuery& query) -> Result<resilience::History> {
    resilience::DayRecord record;
    record.target = query.target;
    record.block = query.block;
    record.day = query.first;
    record.in_state[0] = std::chrono::hours(12);
    record.in_state[2] = std::chrono::hours(6);
    record.unknown_share = 6480;
    record.upstreams.push_back({.asn = Asn{4837}, .share = {}});
    record.upstreams[0].share.fill({.estimate = 32400, .low = 16200, .high = 64800, .least = 0.25, .most = 1});
    return resilience::History{
        .days = {record},
        .late = {{query.first, query.target, query.block.value_or(Block{}), "japan", 720, 718, 12, 11}}};
  };
  handlers.explain = [](std::uint64_t event) -> Result<std::string> {
    if (event != test::sample_event().id) {
      return Error{ErrorCode::not_found, "explain event " + std::to_string(event), "there is none of that id"};
    }
    return "{\"event\":" + formats::to_json(test::sample_event()) + ",\"changes\":[]}";
  };
  handlers.status = [] {
    ProcessStatus status;
    status.version = "1.2.3";
    return status;
  };
  handlers.healthy = [] { return Health{}; };
  handlers.ready = [] { return Health{}; };
  return handlers;
}

}  // namespace isthmus::telemetry
