#include "telemetry/process_families.hpp"

namespace isthmus::telemetry {
namespace {

void add_store(const ProcessStatus& status, SeriesSink& sink) {
  sink.one({"isthmus_store_failures_total", "Reads and writes of the event log's file that failed.", Kind::counter},
           status.store_failures);
  sink.one({"isthmus_store_events_lost_total",
            "Events lost because the event log's file could not be written for too "
            "long.",
            Kind::counter},
           status.store_events_lost);
  sink.one({"isthmus_store_damaged_files_total",
            "Damaged files of the event log that were moved aside; history began anew.", Kind::counter},
           status.store_damaged);
  sink.one({"isthmus_store_backlog_events", "Events that wait in memory until the event log's file can be written.",
            Kind::gauge},
           status.store_backlog);
}

template <typename Value>
void add_sources(const ProcessStatus& status, SeriesSink& sink, const FamilyInfo& family, Value value) {
  sink.begin(family);
  for (const TargetSourceStatus& source : status.target_sources) {
    sink.add({label_text("source", source.source)}, value(source));
  }
}

void add_discovery(const ProcessStatus& status, SeriesSink& sink) {
  add_sources(status, sink,
              {"isthmus_discovery_targets", "Targets in use that a source of targets_from (files, or an URL) lists.",
               Kind::gauge},
              [](const TargetSourceStatus& source) { return std::uint64_t{source.targets}; });
  add_sources(status, sink,
              {"isthmus_discovery_failures_total",
               "Times that a source of targets could not be read, or listed something that is no good; what it listed "
               "before stays in use.",
               Kind::counter},
              [](const TargetSourceStatus& source) { return source.failures; });
  add_sources(
      status, sink,
      {"isthmus_discovery_failing",
       "1 while the latest attempt to read a source of targets was such a failure; the log says why, and where.",
       Kind::gauge},
      [](const TargetSourceStatus& source) { return source.failing; });
  add_sources(status, sink,
              {"isthmus_discovery_last_success_timestamp_seconds",
               "When a source of targets was last read and all was well; 0 before the first time.", Kind::gauge},
              [](const TargetSourceStatus& source) { return source.success; });
}

void add_limit(const SeriesLimit& limit, SeriesSink& sink) {
  sink.one({"isthmus_series_limit", "Most series that this page may have: exporter.series_limit.", Kind::gauge},
           limit.most());
  sink.one({"isthmus_series_dropped_total",
            "Series that pages went without because they would have had more than exporter.series_limit; every scrape "
            "adds what it went without, and isthmus_series_left_out says what that is.",
            Kind::counter},
           limit.dropped());
}

template <typename Value>
void add_partitions(const StreamStatus& stream, SeriesSink& sink, const FamilyInfo& family, Value value) {
  sink.begin(family);
  for (const StreamStatus::Partition& partition : stream.partitions) {
    value(label_text("partition", std::to_string(partition.number)), partition);
  }
}

void add_holding(const StreamStatus& stream, SeriesSink& sink) {
  using Partition = StreamStatus::Partition;
  add_partitions(stream, sink,
                 {"isthmus_core_partition_elsewhere",
                  "1 while another core judges this partition and this one waits: its targets are the other's to show.",
                  Kind::gauge},
                 [&](const std::string& label, const Partition& p) { sink.add({label}, p.elsewhere); });
  add_partitions(stream, sink,
                 {"isthmus_core_partition_unread",
                  "1 while this partition cannot be read and no other core has it: nobody watches its targets; "
                  "/-/ready and the log say why.",
                  Kind::gauge},
                 [&](const std::string& label, const Partition& p) { sink.add({label}, p.unread); });
}

void add_reading(const StreamStatus& stream, SeriesSink& sink) {
  using Partition = StreamStatus::Partition;
  add_partitions(stream, sink,
                 {"isthmus_core_partition_caught_up",
                  "1 once this partition of the stream has been read to its end since the start.", Kind::gauge},
                 [&](const std::string& label, const Partition& p) { sink.add({label}, p.caught_up); });
  add_partitions(
      stream, sink,
      {"isthmus_core_partition_pending_batches",
       "Batches of this partition that are in the stream and not read yet, at the latest look.", Kind::gauge},
      [&](const std::string& label, const Partition& p) {
        if (p.pending) sink.add({label}, *p.pending);
      });
  add_partitions(
      stream, sink,
      {"isthmus_core_partition_log_timestamp_seconds",
       "When the broker had the latest batch that was read; falls behind when nobody sends, or when this core "
       "is too slow.",
       Kind::gauge},
      [&](const std::string& label, const Partition& p) { sink.add({label}, p.log_time); });
}

void add_intake(const StreamStatus& stream, SeriesSink& sink) {
  using Partition = StreamStatus::Partition;
  add_partitions(stream, sink,
                 {"isthmus_core_messages_total", "Observations and reports of agents taken in.", Kind::counter},
                 [&](const std::string& label, const Partition& p) { sink.add({label}, p.messages); });
  add_partitions(stream, sink,
                 {"isthmus_core_messages_missing_total",
                  "Messages of agents that never came, as the numbers of later ones tell.", Kind::counter},
                 [&](const std::string& label, const Partition& p) { sink.add({label}, p.missing); });
  add_partitions(stream, sink,
                 {"isthmus_core_batches_rejected_total", "Batches that were not taken in, by reason.", Kind::counter},
                 [&](const std::string& label, const Partition& p) {
                   for (const auto& [reason, count] : p.rejected)
                     sink.add({label, label_text("reason", reason)}, count);
                 });
  add_partitions(stream, sink,
                 {"isthmus_core_observation_delay_seconds",
                  "From when something was observed to when this core knew of it: rounds of waiting for answers, the "
                  "agent's spool, the broker, and this core.",
                  Kind::histogram},
                 [&](const std::string& label, const Partition& p) {
                   sink.add({label}, kDelayBucketsSeconds, p.delays, p.delay_seconds);
                 });
}

}  // namespace

void add_process(const ProcessStatus& status, SeriesSink& sink) {
  sink.one({"isthmus_config_last_reload_successful",
            "1 when the latest attempt to load the configuration succeeded; after a 0 the one before stays in force.",
            Kind::gauge},
           status.config_reload_successful);
  sink.one(
      {"isthmus_config_last_reload_success_timestamp_seconds", "When a configuration was last loaded.", Kind::gauge},
      status.config_reload_success);
  add_store(status, sink);
  sink.one({"isthmus_messages_dropped_total",
            "Observations and reports of vantage points that were lost because the core was too slow.", Kind::counter},
           status.messages_dropped);
  sink.one({"isthmus_ip2as_prefixes", "Prefixes in the data in use that says which network (AS) has which addresses.",
            Kind::gauge},
           status.ip2as_prefixes);
  sink.one({"isthmus_ip2as_loaded_timestamp_seconds", "When that data was loaded.", Kind::gauge}, status.ip2as_loaded);
  add_discovery(status, sink);
  add_limit(*status.series, sink);
  sink.begin({"isthmus_build_info", "Always 1; the labels tell which isthmus this is.", Kind::gauge});
  sink.add({label_text("version", status.version), label_text("revision", status.revision)}, true);
}

void add_stream(const StreamStatus& stream, SeriesSink& sink) {
  sink.one({"isthmus_core_connected", "1 while this core is connected to the broker.", Kind::gauge}, stream.connected);
  sink.one({"isthmus_core_connects_total", "How often this core has connected to the broker.", Kind::counter},
           stream.connects);
  sink.one({"isthmus_core_requests_total",
            "What this core has asked of agents between their rounds: traces, pings, advice.", Kind::counter},
           stream.requests);
  sink.one({"isthmus_core_requests_failed_total", "Requests to agents that could not be sent.", Kind::counter},
           stream.requests_failed);
  sink.one({"isthmus_core_published_timestamp_seconds",
            "When this core last looked at what it knows, by its own clock; stands still when it hangs.", Kind::gauge},
           stream.published);
  add_holding(stream, sink);
  add_reading(stream, sink);
  add_intake(stream, sink);
}

}  // namespace isthmus::telemetry
