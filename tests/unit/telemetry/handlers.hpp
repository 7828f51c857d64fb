#pragma once
// Handlers over the sample snapshot, with switches for what goes wrong.

#include "isthmus/telemetry/http_server.hpp"
#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::telemetry {

inline Handlers sample_handlers() {
  Handlers handlers;
  const auto snapshot = std::make_shared<const resilience::Snapshot>(test::sample_snapshot());
  handlers.snapshot = [snapshot] { return snapshot; };
  handlers.events = [](const EventQuery&) -> Result<std::vector<Event>> { return std::vector{test::sample_event()}; };
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
