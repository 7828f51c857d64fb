#include "telemetry/warnings.hpp"

#include <fmt/format.h>

namespace isthmus::telemetry {

std::vector<std::string> warnings(const ProcessStatus& status) {
  std::vector<std::string> out;
  if (!status.config_reload_successful) {
    out.emplace_back("The latest reload of the configuration failed; the old one is in use.");
  }
  if (status.store_backlog > 0) {
    out.push_back(fmt::format("The store cannot be written; {} events wait in memory.", status.store_backlog));
  }
  if (status.store_events_lost > 0) {
    out.push_back(fmt::format("{} events could not be stored.", status.store_events_lost));
  }
  if (status.store_damaged > 0) {
    out.push_back(fmt::format("The store was damaged; history begins anew. What was there is kept in {}.",
                              status.store_moved_to));
  }
  if (status.messages_dropped > 0) {
    out.push_back(fmt::format("The core was too slow for {} messages from vantage points.", status.messages_dropped));
  }
  if (status.stream && !status.stream->connected) {
    out.push_back("The broker cannot be reached: " + status.stream->problem);
  }
  for (const StreamStatus::Partition& partition : status.stream.value_or(StreamStatus{}).partitions) {
    if (partition.problem.empty()) continue;
    out.push_back(fmt::format("Partition {} of the stream: {}", partition.number, partition.problem));
  }
  return out;
}

}  // namespace isthmus::telemetry
