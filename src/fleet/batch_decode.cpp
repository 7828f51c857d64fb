#include <limits>
#include <string>
#include <utility>

#include "fleet/batch.pb.h"
#include "fleet/fields.hpp"
#include "isthmus/fleet/batch.hpp"

namespace isthmus::fleet {
namespace {

constexpr auto kMostNanoseconds = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 4;
constexpr std::uint32_t kProtocols = 3;
constexpr std::uint32_t kReplyKinds = 5;
constexpr std::uint32_t kStopReasons = 6;

// Whatever is wrong is remembered by the first thing that is; what was read until then is thrown away.
class Decoder {
 public:
  explicit Decoder(const v1::Batch& batch) : batch_(batch), vantage_(batch.vantage()) {}

  Result<Batch> decode() {
    Batch result{{vantage_, batch_.partition(), batch_.boot(), batch_.first()}, {}};
    if (vantage_.empty()) note("vantage", "is empty");
    if (batch_.base_time() > kMostNanoseconds) note("base_time", "is beyond the year 2043");
    result.messages.reserve(static_cast<std::size_t>(batch_.items_size()));
    for (const v1::Item& item : batch_.items()) {
      switch (item.kind_case()) {
        case v1::Item::kPing: result.messages.emplace_back(Observation(read(item.ping()))); break;
        case v1::Item::kTrace: result.messages.emplace_back(Observation(read(item.trace()))); break;
        case v1::Item::kReport: result.messages.emplace_back(read(item.report())); break;
        case v1::Item::KIND_NOT_SET: note("item", "is of no known kind"); break;
      }
      if (!problem_.empty()) return Error{ErrorCode::parse_failed, "read a batch of observations", problem_};
    }
    if (!problem_.empty()) return Error{ErrorCode::parse_failed, "read a batch of observations", problem_};
    return result;
  }

 private:
  PingSeries read(const v1::PingSeries& in) {
    PingSeries series;
    series.vantage = vantage_;
    series.target = target(in.target());
    series.source = address("source", in.source());
    series.address = address("address", in.address());
    series.protocol = enumerator<Protocol>("protocol", in.protocol(), kProtocols);
    series.seen_from = address("seen_from", in.seen_from());
    if (in.pings_size() == 0) note("pings", "are none");
    series.outcomes.reserve(static_cast<std::size_t>(in.pings_size()));
    for (const v1::Ping& ping : in.pings()) {
      series.outcomes.push_back({time("sent", ping.sent()), outcome(ping.outcome(), series.address)});
    }
    return series;
  }

  Trace read(const v1::Trace& in) {
    Trace trace;
    trace.vantage = vantage_;
    trace.target = target(in.target());
    trace.source = address("source", in.source());
    trace.destination = address("destination", in.destination());
    trace.protocol = enumerator<Protocol>("protocol", in.protocol(), kProtocols);
    trace.flow = FlowId{number<std::uint16_t>("flow", in.flow())};
    trace.started = time("started", in.started());
    trace.ended = time("ended", in.ended());
    trace.stop = enumerator<StopReason>("stop", in.stop(), kStopReasons);
    trace.seen_from = address("seen_from", in.seen_from());
    trace.hops.reserve(static_cast<std::size_t>(in.hops_size()));
    for (const v1::Hop& hop : in.hops()) {
      Hop& out = trace.hops.emplace_back();
      out.ttl = number<Ttl>("ttl", hop.ttl());
      const bool follows = trace.hops.size() == 1 ? out.ttl > 0 : out.ttl == trace.hops[trace.hops.size() - 2].ttl + 1;
      if (!follows) note("ttl", "is not the one after the hop before");
      if (hop.has_measured()) out.measured = time("measured", hop.measured());
      if (hop.outcomes_size() == 0) note("outcomes", "are none");
      for (const v1::Outcome& one : hop.outcomes()) out.outcomes.push_back(outcome(one, trace.destination));
    }
    return trace;
  }

  ProberReport read(const v1::Report& in) {
    ProberReport report;
    report.vantage = vantage_;
    report.time = time("time", in.time());
    for (const auto& sent : in.sent()) {
      report.sent.push_back(
          {sent.engine(), enumerator<Protocol>("protocol", sent.protocol(), kProtocols), sent.probes()});
    }
    if (in.invalid_size() > static_cast<int>(report.invalid.size())) note("invalid", "has reasons that are not known");
    for (int i = 0; i < in.invalid_size() && i < static_cast<int>(report.invalid.size()); ++i) {
      report.invalid[static_cast<std::size_t>(i)] = in.invalid(i);
    }
    report.receive_drops = in.receive_drops();
    report.observations_dropped = in.observations_dropped();
    report.send_failures = in.send_failures();
    report.denied = in.denied();
    report.pacing_lag = duration("pacing_lag", in.pacing_lag());
    report.problem = in.problem();
    return report;
  }

  Outcome outcome(const v1::Outcome& in, const IpAddress& expected) {
    switch (in.kind_case()) {
      case v1::Outcome::kReply: return reply(in.reply(), expected);
      case v1::Outcome::kTimedOut: return TimedOut{};
      case v1::Outcome::kSendFailed: return SendFailed{number<int>("send_failed", in.send_failed())};
      case v1::Outcome::KIND_NOT_SET: break;
    }
    note("outcome", "is of no known kind");
    return TimedOut{};
  }

  Reply reply(const v1::Reply& in, const IpAddress& expected) {
    Reply reply;
    reply.from = in.from().empty() ? expected : address("from", in.from());
    reply.kind = enumerator<ReplyKind>("kind", in.kind(), kReplyKinds);
    reply.icmp_type = number<std::uint8_t>("icmp_type", in.icmp_type());
    reply.icmp_code = number<std::uint8_t>("icmp_code", in.icmp_code());
    reply.rtt = duration("rtt", in.rtt());
    reply.ttl = number<Ttl>("ttl", in.ttl());
    if (in.has_quoted_ttl()) reply.quoted_ttl = number<Ttl>("quoted_ttl", in.quoted_ttl());
    reply.size = number<std::uint16_t>("size", in.size());
    if (in.has_quoted_tos()) reply.quoted_tos = number<std::uint8_t>("quoted_tos", in.quoted_tos());
    reply.ip_id = number<std::uint16_t>("ip_id", in.ip_id());
    for (const std::uint32_t entry : in.mpls()) {
      reply.mpls.push_back({.label = entry >> 12,
                            .experimental = static_cast<std::uint8_t>(entry >> 9 & 7),
                            .bottom = (entry >> 8 & 1) != 0,
                            .ttl = static_cast<Ttl>(entry & 0xff)});
    }
    reply.weak = in.weak();
    reply.rewritten = in.rewritten();
    return reply;
  }

  std::string target(std::uint32_t index) {
    if (index < static_cast<std::uint32_t>(batch_.targets_size())) return batch_.targets(static_cast<int>(index));
    note("target", "is none of those listed");
    return {};
  }

  IpAddress address(const char* field, const std::string& bytes) {
    if (bytes.empty()) return {};
    const auto address = address_of(bytes);
    if (!address) note(field, "has neither 4 nor 16 bytes");
    return address.value_or(IpAddress());
  }

  template <typename Number>
  Number number(const char* field, std::uint32_t value) {
    if (value > static_cast<std::uint32_t>(std::numeric_limits<Number>::max())) note(field, "is too large");
    return static_cast<Number>(value);
  }

  template <typename Enum>
  Enum enumerator(const char* field, std::uint32_t value, std::uint32_t count) {
    if (value < count) return static_cast<Enum>(value);
    note(field, "is of no known kind");
    return Enum{};
  }

  Duration duration(const char* field, std::uint64_t nanoseconds) {
    if (nanoseconds > kMostNanoseconds) note(field, "is too long");
    return Duration(static_cast<Duration::rep>(std::min(nanoseconds, kMostNanoseconds)));
  }

  Timestamp time(const char* field, std::int64_t since_base) {
    constexpr auto kMost = static_cast<std::int64_t>(kMostNanoseconds);
    if (since_base > kMost || since_base < -kMost) note(field, "is far away from the batch's time");
    const auto base = static_cast<std::int64_t>(std::min(batch_.base_time(), kMostNanoseconds));
    return Timestamp(Duration(base + std::clamp(since_base, -kMost, kMost)));
  }

  void note(const char* field, const char* what) {
    if (problem_.empty()) problem_ = std::string(field) + " " + what;
  }

  const v1::Batch& batch_;
  std::string vantage_;
  std::string problem_;
};

}  // namespace

Result<Batch> decode(std::string_view bytes) {
  if (bytes.size() > kMostBatchBytes) {
    return Error{ErrorCode::parse_failed, "read a batch of observations", "it has more than a million bytes"};
  }
  google::protobuf::Arena arena;
  auto& batch = *google::protobuf::Arena::CreateMessage<v1::Batch>(&arena);
  if (!batch.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::parse_failed, "read a batch of observations", "it is no batch: its bytes do not parse"};
  }
  if (batch.schema() != kBatchSchema) {
    return Error{ErrorCode::refused, "read a batch of observations",
                 "it has schema " + std::to_string(batch.schema()) + ", this isthmus reads " +
                     std::to_string(kBatchSchema) + "; bring agents and cores to the same version"};
  }
  return Decoder(batch).decode();
}

}  // namespace isthmus::fleet
