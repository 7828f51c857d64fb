#include "telemetry/collect_stream.hpp"

#include <utility>

#include "telemetry/families.hpp"

namespace isthmus::telemetry {

void collect_stream(const StreamStatus& stream, std::vector<prometheus::MetricFamily>& out) {
  auto connected = Family::gauge("isthmus_core_connected", "1 while this core is connected to the broker.");
  connected.add({}, stream.connected ? 1.0 : 0.0);
  auto connects = Family::counter("isthmus_core_connects_total", "How often this core has connected to the broker.");
  connects.add({}, stream.connects);
  auto requests = Family::counter("isthmus_core_requests_total",
                                  "What this core has asked of agents between their rounds: traces, pings, advice.");
  requests.add({}, stream.requests);
  auto failed = Family::counter("isthmus_core_requests_failed_total", "Requests to agents that could not be sent.");
  failed.add({}, stream.requests_failed);
  auto current = Family::gauge("isthmus_core_partition_caught_up",
                               "1 once this partition of the stream has been read to its end since the start.");
  auto pending =
      Family::gauge("isthmus_core_partition_pending_batches",
                    "Batches of this partition that are in the stream and not read yet, at the latest look.");
  auto log_time =
      Family::gauge("isthmus_core_partition_log_timestamp_seconds",
                    "When the broker had the latest batch that was read; falls behind when nobody sends, or "
                    "when this core is too slow.");
  auto messages = Family::counter("isthmus_core_messages_total", "Observations and reports of agents taken in.");
  auto missing = Family::counter("isthmus_core_messages_missing_total",
                                 "Messages of agents that never came, as the numbers of later ones tell.");
  auto rejected = Family::counter("isthmus_core_batches_rejected_total", "Batches that were not taken in, by reason.");
  auto delays =
      Family::histogram("isthmus_core_observation_delay_seconds",
                        "From when something was observed to when this core knew of it: rounds of waiting for "
                        "answers, the agent's spool, the broker, and this core.");
  for (const StreamStatus::Partition& partition : stream.partitions) {
    const std::string number = std::to_string(partition.number);
    const Label label{"partition", number};
    current.add({label}, partition.caught_up ? 1.0 : 0.0);
    if (partition.pending) pending.add({label}, *partition.pending);
    log_time.add({label}, partition.log_time);
    messages.add({label}, partition.messages);
    missing.add({label}, partition.missing);
    delays.add({label}, kDelayBucketsSeconds, partition.delays, partition.delay_seconds);
    for (const auto& [reason, count] : partition.rejected) rejected.add({label, {"reason", reason}}, count);
  }
  for (Family* family : {&connected, &connects, &requests, &failed, &current, &pending, &log_time, &messages, &missing,
                         &rejected, &delays}) {
    out.push_back(std::move(*family).take());
  }
}

}  // namespace isthmus::telemetry
