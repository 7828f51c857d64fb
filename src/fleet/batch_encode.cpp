#include <algorithm>
#include <map>

#include "fleet/batch.pb.h"
#include "isthmus/fleet/batch.hpp"

namespace isthmus::fleet {
namespace {

void put_all(std::string* into, const IpAddress& address) {
  into->assign(reinterpret_cast<const char*>(address.bytes().data()), address.is_v4() ? 4 : 16);
}

void put(std::string* into, const IpAddress& address) {
  // 0.0.0.0 is nobody's address.
  if (address != IpAddress()) put_all(into, address);
}

std::uint64_t count_of(Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

class Encoder {
 public:
  Encoder(v1::Batch& batch, Timestamp base) : batch_(batch), base_(base) {}

  void add(const PingSeries& series) {
    v1::PingSeries& out = *batch_.add_items()->mutable_ping();
    out.set_target(number_of(series.target));
    put(out.mutable_source(), series.source);
    put(out.mutable_address(), series.address);
    out.set_protocol(static_cast<std::uint32_t>(series.protocol));
    put(out.mutable_seen_from(), series.seen_from);
    for (const PingOutcome& ping : series.outcomes) {
      v1::Ping& item = *out.add_pings();
      item.set_sent(since_base(ping.sent));
      write(ping.outcome, series.address, *item.mutable_outcome());
    }
  }

  void add(const Trace& trace) {
    v1::Trace& out = *batch_.add_items()->mutable_trace();
    out.set_target(number_of(trace.target));
    put(out.mutable_source(), trace.source);
    put(out.mutable_destination(), trace.destination);
    out.set_protocol(static_cast<std::uint32_t>(trace.protocol));
    out.set_flow(trace.flow.value);
    out.set_started(since_base(trace.started));
    out.set_ended(since_base(trace.ended));
    out.set_stop(static_cast<std::uint32_t>(trace.stop));
    put(out.mutable_seen_from(), trace.seen_from);
    for (const Hop& hop : trace.hops) {
      v1::Hop& item = *out.add_hops();
      item.set_ttl(hop.ttl);
      if (hop.measured) item.set_measured(since_base(*hop.measured));
      for (const Outcome& outcome : hop.outcomes) write(outcome, trace.destination, *item.add_outcomes());
    }
  }

  void add(const ProberReport& report) {
    v1::Report& out = *batch_.add_items()->mutable_report();
    out.set_time(since_base(report.time));
    for (const ProberReport::Sent& sent : report.sent) {
      auto& item = *out.add_sent();
      item.set_engine(sent.engine);
      item.set_protocol(static_cast<std::uint32_t>(sent.protocol));
      item.set_probes(sent.probes);
    }
    for (const std::uint64_t count : report.invalid) out.add_invalid(count);
    out.set_receive_drops(report.receive_drops);
    out.set_observations_dropped(report.observations_dropped);
    out.set_send_failures(report.send_failures);
    out.set_denied(report.denied);
    out.set_pacing_lag(count_of(report.pacing_lag));
    out.set_problem(report.problem);
  }

 private:
  std::uint32_t number_of(const std::string& target) {
    const auto [found, is_new] = targets_.try_emplace(target, static_cast<std::uint32_t>(targets_.size()));
    if (is_new) batch_.add_targets(target);
    return found->second;
  }
  [[nodiscard]] std::int64_t since_base(Timestamp time) const { return (time - base_).count(); }

  static void write(const Outcome& outcome, const IpAddress& expected, v1::Outcome& out) {
    if (const auto* failed = std::get_if<SendFailed>(&outcome)) {
      out.set_send_failed(static_cast<std::uint32_t>(failed->error_number));
    } else if (const Reply* reply = reply_of(outcome)) {
      write(*reply, expected, *out.mutable_reply());
    } else {
      out.set_timed_out(true);
    }
  }

  static void write(const Reply& reply, const IpAddress& expected, v1::Reply& out) {
    // Left out it would be the expected one, so that a packet from 0.0.0.0 would be an answer of the destination.
    if (reply.from != expected) put_all(out.mutable_from(), reply.from);
    out.set_kind(static_cast<std::uint32_t>(reply.kind));
    out.set_icmp_type(reply.icmp_type);
    out.set_icmp_code(reply.icmp_code);
    out.set_rtt(count_of(reply.rtt));
    out.set_ttl(reply.ttl);
    if (reply.quoted_ttl) out.set_quoted_ttl(*reply.quoted_ttl);
    out.set_size(reply.size);
    if (reply.quoted_tos) out.set_quoted_tos(*reply.quoted_tos);
    out.set_ip_id(reply.ip_id);
    for (const MplsLabel& label : reply.mpls) {
      out.add_mpls(label.label << 12 | std::uint32_t{label.experimental} << 9 | (label.bottom ? 1U << 8 : 0U) |
                   label.ttl);
    }
    out.set_weak(reply.weak);
    out.set_rewritten(reply.rewritten);
  }

  v1::Batch& batch_;
  Timestamp base_;
  std::map<std::string, std::uint32_t, std::less<>> targets_;
};

Timestamp time_of(const Message& message) {
  if (const auto* report = std::get_if<ProberReport>(&message)) return report->time;
  return isthmus::time_of(std::get<Observation>(message));
}

}  // namespace

std::string to_string(const BatchId& id) {
  return id.vantage + "/" + std::to_string(id.partition) + "/" + std::to_string(id.boot) + "/" +
         std::to_string(id.first);
}

std::string encode(const BatchId& id, std::span<const Message> messages) {
  google::protobuf::Arena arena;
  auto& batch = *google::protobuf::Arena::CreateMessage<v1::Batch>(&arena);
  batch.set_schema(kBatchSchema);
  batch.set_vantage(id.vantage);
  batch.set_partition(id.partition);
  batch.set_boot(id.boot);
  batch.set_first(id.first);
  const Timestamp base = messages.empty() ? Timestamp{} : time_of(messages.front());
  batch.set_base_time(count_of(base.time_since_epoch()));
  Encoder encoder(batch, base);
  for (const Message& message : messages) {
    if (const auto* report = std::get_if<ProberReport>(&message)) {
      encoder.add(*report);
    } else {
      std::visit([&](const auto& observation) { encoder.add(observation); }, std::get<Observation>(message));
    }
  }
  return batch.SerializeAsString();
}

}  // namespace isthmus::fleet
