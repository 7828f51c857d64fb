#include "isthmus/telemetry/agent_metrics.hpp"

#include <fmt/format.h>

#include "telemetry/text_sink.hpp"

namespace isthmus::telemetry {
namespace {

using Vantage = AgentVantageStatus;

// One number of each vantage point.
struct PerVantage {
  const char* name;
  const char* help;
  double (*value)(const Vantage&);
};

template <typename T>
double number(T value) {
  return static_cast<double>(value);
}

constexpr PerVantage kGauges[] = {
    {"isthmus_agent_probing",
     "1 while the vantage point probes what it is assigned, 0 while it has nothing to do or may not.",
     [](const Vantage& v) { return number(v.probing); }},
    {"isthmus_agent_name_held",
     "1 while the broker knows this agent as the one that works under the vantage point's name.",
     [](const Vantage& v) { return number(v.name_ours); }},
    {"isthmus_agent_name_taken",
     "1 while another agent works under the vantage point's name: this one then neither probes nor publishes for it.",
     [](const Vantage& v) { return number(v.name_taken); }},
    {"isthmus_agent_assignment_serial", "Serial number of the assignment in force; 0 before the first one.",
     [](const Vantage& v) { return number(v.serial); }},
    {"isthmus_agent_assignment_timestamp_seconds", "When the assignment in force was written; 0 before the first one.",
     [](const Vantage& v) { return to_seconds(v.assigned.time_since_epoch()); }},
    {"isthmus_agent_assignment_targets", "Targets that are probed, after this agent's own limits.",
     [](const Vantage& v) { return number(v.targets); }},
    {"isthmus_agent_assignment_refusals",
     "Targets, controls and rates of the assignment in force that this agent's own file does not allow.",
     [](const Vantage& v) { return number(v.refusals); }},
    {"isthmus_agent_spool_batches", "Batches of observations that wait on disk until the broker has confirmed them.",
     [](const Vantage& v) { return number(v.waiting_batches); }},
    {"isthmus_agent_spool_bytes", "Bytes of these batches.", [](const Vantage& v) { return number(v.waiting_bytes); }},
    {"isthmus_agent_problem", "1 while something is wrong that the log and the front page name, with how to mend it.",
     [](const Vantage& v) { return number(!v.problem.empty()); }},
};

constexpr PerVantage kCounters[] = {
    {"isthmus_agent_batches_arrived_total", "Batches that the broker has confirmed.",
     [](const Vantage& v) { return number(v.arrived); }},
    {"isthmus_agent_batches_refused_total",
     "Times that the broker did not take a batch (full, no stream, not permitted); it is kept and sent again.",
     [](const Vantage& v) { return number(v.refused); }},
    {"isthmus_agent_batches_unanswered_total", "Times that the broker did not answer for a batch; it is sent again.",
     [](const Vantage& v) { return number(v.unanswered); }},
    {"isthmus_agent_spool_dropped_batches_total", "Batches that were lost because the spool was full or they too old.",
     [](const Vantage& v) { return number(v.dropped_batches); }},
    {"isthmus_agent_spool_dropped_observations_total", "Observations and reports in these batches.",
     [](const Vantage& v) { return number(v.dropped_messages); }},
    {"isthmus_agent_queue_dropped_observations_total",
     "Observations that were lost because the way from the probes to the spool was full.",
     [](const Vantage& v) { return number(v.queue_drops); }},
    {"isthmus_agent_spool_failures_total", "Times that the spool's file could not be written or read.",
     [](const Vantage& v) { return number(v.spool_failures); }},
    {"isthmus_agent_assignments_rejected_total",
     "Assignments that were no good as a whole; the one before stays in force.",
     [](const Vantage& v) { return number(v.assignments_bad); }},
    {"isthmus_agent_requests_total", "Requests of cores (trace this now, ping that now) that were taken.",
     [](const Vantage& v) { return number(v.requests); }},
    {"isthmus_agent_requests_dropped_total", "Requests of cores beyond what an agent takes.",
     [](const Vantage& v) { return number(v.requests_dropped); }},
    {"isthmus_agent_requests_malformed_total", "Requests that were no good.",
     [](const Vantage& v) { return number(v.requests_malformed); }},
    {"isthmus_agent_probes_denied_total",
     "Probes that were not sent because the deny list or the allow list forbids it.",
     [](const Vantage& v) { return v.report ? number(v.report->denied) : 0.0; }},
    {"isthmus_agent_send_failures_total", "Probes that the system did not send.",
     [](const Vantage& v) { return v.report ? number(v.report->send_failures) : 0.0; }},
};

void add_vantages(const AgentStatus& status, const PerVantage& metric, Kind kind, SeriesSink& sink) {
  sink.begin({metric.name, metric.help, kind});
  for (const Vantage& vantage : status.vantages) {
    sink.add({label_text("vantage", vantage.vantage)}, metric.value(vantage));
  }
}

void add_probes(const AgentStatus& status, SeriesSink& sink) {
  sink.begin({"isthmus_agent_probes_sent_total", "Probes that were sent, by what for (engine) and by protocol.",
              Kind::counter});
  for (const Vantage& vantage : status.vantages) {
    if (!vantage.report) continue;
    for (const ProberReport::Sent& one : vantage.report->sent) {
      sink.add({label_text("vantage", vantage.vantage), label_text("engine", one.engine),
                label_text("protocol", to_string(one.protocol))},
               one.probes);
    }
  }
  sink.begin({"isthmus_agent_clock_offset_seconds",
              "How far this machine's clock is ahead of the broker's, as last compared.", Kind::gauge});
  for (const Vantage& vantage : status.vantages) {
    if (vantage.clock_offset) sink.add({label_text("vantage", vantage.vantage)}, to_seconds(*vantage.clock_offset));
  }
}

void add_process(const AgentStatus& status, SeriesSink& sink) {
  sink.one({"isthmus_agent_connected", "1 while the broker is there. Probing goes on without it.", Kind::gauge},
           status.connected);
  sink.one({"isthmus_agent_connects_total", "Connections made to the broker.", Kind::counter}, status.connects);
  sink.begin(
      {"isthmus_agent_broker_problem",
       "1 for what is wrong with the connection to the broker: it is unreachable, does not accept our credentials "
       "or permit what we do, or TLS failed. The log says how to mend it.",
       Kind::gauge});
  for (const char* kind : kBrokerProblems) {
    sink.add({label_text("kind", kind)}, !status.problem.empty() && status.problem_kind == kind);
  }
  sink.one({"isthmus_config_last_reload_successful",
            "1 when the latest attempt to load the configuration succeeded; after a 0 the one before stays in force.",
            Kind::gauge},
           status.reload_successful);
  sink.one(
      {"isthmus_config_last_reload_success_timestamp_seconds", "When a configuration was last loaded.", Kind::gauge},
      status.reload_success);
  sink.begin({"isthmus_build_info", "Always 1; the version of isthmus is in its label.", Kind::gauge});
  sink.add({label_text("version", status.version)}, true);
}

void add_all(const AgentStatus& status, SeriesSink& sink) {
  add_process(status, sink);
  for (const PerVantage& metric : kGauges) add_vantages(status, metric, Kind::gauge, sink);
  for (const PerVantage& metric : kCounters) add_vantages(status, metric, Kind::counter, sink);
  add_probes(status, sink);
}

}  // namespace

std::string metrics_text(const AgentStatus& status) {
  SizeSink size;
  add_all(status, size);
  TextSink text(size.bytes());
  add_all(status, text);
  return std::move(text).take();
}

std::string agent_page(const AgentStatus& status) {
  std::string page = fmt::format("isthmus agent {}\nbroker: {}\n", status.version,
                                 status.connected ? "connected" : "not connected; what is observed waits in the spool");
  if (!status.problem.empty()) page += fmt::format("  {}\n", status.problem);
  for (const Vantage& vantage : status.vantages) {
    page += fmt::format("vantage point {}: ", vantage.vantage);
    if (vantage.name_taken) {
      page += fmt::format("another agent works under this name on {}; this one waits\n", vantage.other_host);
    } else if (vantage.serial == 0) {
      page += "nothing is assigned yet\n";
    } else {
      page += fmt::format("assignment {} of {}: {} target(s), {} control(s), {} part(s) refused\n", vantage.serial,
                          to_rfc3339(vantage.assigned), vantage.targets, vantage.controls, vantage.refusals);
    }
    page += fmt::format("  {} batch(es) wait, {} arrived\n", vantage.waiting_batches, vantage.arrived);
    if (!vantage.problem.empty()) page += fmt::format("  {}\n", vantage.problem);
  }
  return page + "\n/metrics  /-/healthy  /-/ready\n";
}

}  // namespace isthmus::telemetry
