#include "isthmus/resilience/quorum.hpp"
#include "telemetry/snapshot_families.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::VantageView;

template <typename Visit>
void each_vantage(const Scene& scene, Visit visit) {
  for (std::size_t i = 0; i < scene.vantages.size(); ++i) visit(scene.vantages[i], scene.snapshot.vantages[i]);
}

// Before the first report everything is 0.
const ProberReport& report_of(const VantageView& vantage) {
  static const ProberReport kNone;
  return vantage.report ? *vantage.report : kNone;
}

void add_reported(const Scene& scene, SeriesSink& sink, std::uint64_t ProberReport::*count) {
  each_vantage(
      scene, [&](const std::string& name, const VantageView& vantage) { sink.add({name}, report_of(vantage).*count); });
}

void add_sent(const Scene& scene, SeriesSink& sink) {
  each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
    const ProberReport& report = report_of(vantage);
    for (const ProberReport::Sent& count : report.sent) {
      sink.add({name, label_text("engine", count.engine), label_text("protocol", to_string(count.protocol))},
               count.probes);
    }
    // Every vantage point pings its control addresses, so this series has a meaning before the first report.
    if (report.sent.empty()) sink.add({name, R"(engine="ping")", R"(protocol="icmp")"}, std::uint64_t{0});
  });
}

void add_invalid(const Scene& scene, SeriesSink& sink) {
  each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
    const auto& invalid = report_of(vantage).invalid;
    for (std::size_t i = 0; i < invalid.size(); ++i) {
      sink.add({name, label_text("reason", to_string(static_cast<InvalidReason>(i)))}, invalid[i]);
    }
  });
}

constexpr SnapshotFamily kFamilies[] = {
    {{"isthmus_vantage_state",
      "Whether a vantage point (where probes leave from) can see at all, judged by its control addresses: 1 for its "
      "present state, which is valid, invalid or unknown. Only valid ones vote on the state of targets.",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       const ChoiceLabels states("state", kVantageStates);
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         states.add(sink, {name}, vantage.state);
       });
     }},
    {{"isthmus_quorum_networks",
      "Networks (ASes) with a vantage point that can see now: two vantage points of one network are one witness.",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       if (!scene.vantages.empty())
         sink.add({}, std::uint64_t{resilience::quorum_of(scene.snapshot.vantages).networks});
     }},
    {{"isthmus_quorum_networks_needed",
      "How many of them it takes to call an outage: two, or one where all vantage points are in one network.",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       if (!scene.vantages.empty()) sink.add({}, std::uint64_t{resilience::quorum_of(scene.snapshot.vantages).needed});
     }},
    {{"isthmus_vantage_last_observation_timestamp_seconds",
      "When the vantage point's latest observation was made; 0 before the first.", Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         sink.add({name}, vantage.last_observation.value_or(Timestamp{}));
       });
     }},
    {{"isthmus_vantage_controls",
      "Control addresses configured: stable addresses outside of every target, pinged to learn whether the vantage "
      "point itself can see.",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         sink.add({name}, std::uint64_t{vantage.controls});
       });
     }},
    {{"isthmus_vantage_controls_answering", "Control addresses that answer the vantage point now.", Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         sink.add({name}, std::uint64_t{vantage.controls_answering});
       });
     }},
    {{"isthmus_vantage_events_total",
      "Changes of the vantage point that went into the event log, by kind; `isthmus events` lists them.",
      Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         for (const auto& [kind, count] : vantage.events) sink.add({name, label_text("kind", to_string(kind))}, count);
       });
     }},
    {{"isthmus_probes_sent_total",
      "Probes (packets) that the vantage point has sent, by what for (engine) and by protocol.", Kind::counter},
     Importance::always,
     add_sent},
    {{"isthmus_replies_invalid_total",
      "Packets that the vantage point received and did not count as replies to its probes, by reason.", Kind::counter},
     Importance::always,
     add_invalid},
    {{"isthmus_receive_drops_total",
      "Packets to the vantage point that the kernel dropped because the receive queue was full; answers may be among "
      "them.",
      Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) { add_reported(scene, sink, &ProberReport::receive_drops); }},
    {{"isthmus_observations_dropped_total",
      "Pings and traces of the vantage point that were lost because the way to the core was full.", Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) { add_reported(scene, sink, &ProberReport::observations_dropped); }},
    {{"isthmus_send_failures_total", "Probes that the kernel refused to send.", Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) { add_reported(scene, sink, &ProberReport::send_failures); }},
    {{"isthmus_probes_denied_total", "Probes that were not sent because the deny list forbids their destination.",
      Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) { add_reported(scene, sink, &ProberReport::denied); }},
    {{"isthmus_pacing_lag_seconds",
      "How far the oldest probe that is due is behind its time; grows when probing.rate_limit is too low for what is "
      "configured.",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       each_vantage(scene, [&](const std::string& name, const VantageView& vantage) {
         sink.add({name}, to_seconds(report_of(vantage).pacing_lag));
       });
     }},
    {{"isthmus_observations_rejected_total",
      "Pings and traces from vantage points that the core did not take in, by reason.", Kind::counter},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       for (const auto reason : resilience::kRejections) {
         sink.add({label_text("reason", to_string(reason))}, scene.snapshot.rejected[static_cast<std::size_t>(reason)]);
       }
     }},
};

}  // namespace

std::span<const SnapshotFamily> vantage_families() { return kFamilies; }

}  // namespace isthmus::telemetry
