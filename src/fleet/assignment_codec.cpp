#include <algorithm>
#include <cmath>
#include <set>

#include "fleet/assignment.pb.h"
#include "fleet/fields.hpp"
#include "isthmus/fleet/assignment.hpp"

namespace isthmus::fleet {
namespace {

constexpr const char* kReading = "read an assignment";
constexpr std::uint32_t kProtocols = 3;
// The bounds of a configuration's section `probing`, and of its targets.
constexpr std::uint32_t kMostRate = 100'000;
constexpr std::uint32_t kMostRouterRate = 1000;
constexpr std::uint32_t kMostPort = 65'520;
constexpr std::uint32_t kMostPartitions = 1024;
constexpr double kMostTraceProbes = 100'000'000;

std::uint64_t count_of(Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

void write(const AssignedTarget& target, v1::Assignment::Target& out) {
  out.set_name(target.name);
  for (const Prefix& prefix : target.prefixes) put_prefix(*out.add_prefixes(), prefix);
  for (const IpAddress& address : target.addresses) put_address(*out.add_addresses(), address);
  out.set_trace_probes_per_hour(target.trace_probes_per_hour);
}

void write(const AssignedPings& pings, v1::Assignment::Pings& out) {
  out.set_interval(count_of(pings.interval));
  out.set_timeout(count_of(pings.timeout));
  out.set_protocol(static_cast<std::uint32_t>(pings.protocol));
  out.set_port(pings.port);
  out.set_rotate(pings.rotate);
}

void write(const AssignedTraces& traces, v1::Assignment::Traces& out) {
  out.set_interval(count_of(traces.interval));
  out.set_timeout(count_of(traces.timeout));
  out.set_protocol(static_cast<std::uint32_t>(traces.protocol));
  out.set_port(traces.port);
  out.set_flows(traces.flows);
  out.set_attempts(traces.attempts);
  out.set_max_ttl(traces.max_ttl);
  out.set_gap_limit(traces.gap_limit);
  if (traces.sentinel_interval) out.set_sentinel_interval(count_of(*traces.sentinel_interval));
}

AssignedPings read(Fields& fields, const v1::Assignment::Pings& in) {
  AssignedPings pings;
  pings.interval = fields.duration("pings.interval", in.interval());
  pings.timeout = fields.duration("pings.timeout", in.timeout());
  pings.protocol = fields.enumerator<Protocol>("pings.protocol", in.protocol(), kProtocols);
  pings.port = fields.number<std::uint16_t>("pings.port", in.port(), 0, kMostPort);
  pings.rotate = in.rotate();
  return pings;
}

AssignedTraces read(Fields& fields, const v1::Assignment::Traces& in) {
  AssignedTraces traces;
  traces.interval = fields.duration("traces.interval", in.interval());
  traces.timeout = fields.duration("traces.timeout", in.timeout());
  traces.protocol = fields.enumerator<Protocol>("traces.protocol", in.protocol(), kProtocols);
  traces.port = fields.number<std::uint16_t>("traces.port", in.port(), 0, kMostPort);
  traces.flows = fields.number<std::uint16_t>("traces.flows", in.flows(), 1, 64);
  traces.attempts = fields.number<std::uint8_t>("traces.attempts", in.attempts(), 1, 10);
  traces.max_ttl = fields.number<Ttl>("traces.max_ttl", in.max_ttl(), 1, 63);
  traces.gap_limit = fields.number<std::uint8_t>("traces.gap_limit", in.gap_limit(), 1, 255);
  if (in.has_sentinel_interval()) {
    traces.sentinel_interval = fields.duration("traces.sentinel_interval", in.sentinel_interval());
    if (*traces.sentinel_interval >= traces.interval) {
      fields.note("traces.sentinel_interval", "is no shorter than traces.interval");
    }
  }
  return traces;
}

// Targets as a configuration could have them: each name once, few enough blocks, every address inside its target.
class TargetReader {
 public:
  explicit TargetReader(Fields& fields) : fields_(fields) {}

  AssignedTarget read(const v1::Assignment::Target& in) {
    AssignedTarget target;
    target.name = fields_.name("targets.name", in.name());
    if (!names_.insert(target.name).second) fields_.note("targets.name", "is that of two");
    if (in.prefixes_size() == 0) fields_.note("targets.prefixes", "are none");
    for (const std::string& prefix : in.prefixes()) {
      target.prefixes.push_back(fields_.prefix("targets.prefixes", prefix));
      count(target.prefixes.back());
    }
    for (const std::string& bytes : in.addresses()) {
      const IpAddress address = fields_.address("targets.addresses", bytes);
      const auto holds = [&](const Prefix& prefix) { return prefix.contains(address); };
      if (std::ranges::none_of(target.prefixes, holds)) {
        fields_.note("targets.addresses", "lie outside the prefixes of their target");
      }
      target.addresses.push_back(address);
    }
    const double probes = in.trace_probes_per_hour();
    if (!(probes >= 0 && probes <= kMostTraceProbes)) fields_.note("targets.trace_probes_per_hour", "is out of range");
    target.trace_probes_per_hour = probes;
    return target;
  }

 private:
  void count(const Prefix& prefix) {
    const int longest = Block::of(prefix.address()).prefix.length();
    const int bits = std::max(0, longest - prefix.length());
    blocks_ += bits > 16 ? kMostAssignedBlocks + 1 : std::size_t{1} << bits;
    if (blocks_ > kMostAssignedBlocks) fields_.note("targets.prefixes", "hold more than 65536 blocks");
  }

  Fields& fields_;
  std::set<std::string> names_;
  std::size_t blocks_{0};
};

Assignment read(Fields& fields, const v1::Assignment& in) {
  Assignment assignment;
  assignment.vantage = fields.name("vantage", in.vantage());
  assignment.serial = in.serial();
  assignment.written = fields.time("written", in.written());
  assignment.stream = fields.name("stream", in.stream());
  assignment.partitions = fields.number<std::uint32_t>("partitions", in.partitions(), 1, kMostPartitions);
  assignment.rate_limit = fields.number<std::uint32_t>("rate_limit", in.rate_limit(), 1, kMostRate);
  assignment.router_limit = fields.number<std::uint32_t>("router_limit", in.router_limit(), 1, kMostRouterRate);
  assignment.quiet = in.quiet();
  assignment.pings = read(fields, in.pings());
  assignment.traces = read(fields, in.traces());
  TargetReader targets(fields);
  for (const auto& target : in.targets()) {
    assignment.targets.push_back(targets.read(target));
    if (!fields.problem().empty()) return assignment;
  }
  for (const std::string& control : in.controls()) {
    assignment.controls.push_back(fields.address("controls", control));
  }
  return assignment;
}

}  // namespace

bool same_work(const Assignment& a, const Assignment& b) {
  Assignment other = b;
  other.serial = a.serial;
  other.written = a.written;
  return a == other;
}

std::string encode(const Assignment& assignment) {
  v1::Assignment out;
  out.set_schema(kAssignmentSchema);
  out.set_vantage(assignment.vantage);
  out.set_serial(assignment.serial);
  out.set_written(count_of(assignment.written.time_since_epoch()));
  out.set_stream(assignment.stream);
  out.set_partitions(assignment.partitions);
  for (const AssignedTarget& target : assignment.targets) write(target, *out.add_targets());
  for (const IpAddress& control : assignment.controls) put_address(*out.add_controls(), control);
  out.set_rate_limit(assignment.rate_limit);
  out.set_router_limit(assignment.router_limit);
  out.set_quiet(assignment.quiet);
  write(assignment.pings, *out.mutable_pings());
  write(assignment.traces, *out.mutable_traces());
  return out.SerializeAsString();
}

Result<Assignment> decode_assignment(std::string_view bytes) {
  v1::Assignment in;
  if (bytes.size() > kMostAssignmentBytes) {
    return Error{ErrorCode::parse_failed, kReading, "it has more than a million bytes"};
  }
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::parse_failed, kReading, "it is no assignment: its bytes do not parse"};
  }
  if (in.schema() != kAssignmentSchema) {
    return Error{ErrorCode::refused, kReading,
                 "it has schema " + std::to_string(in.schema()) + ", this isthmus reads " +
                     std::to_string(kAssignmentSchema) + "; bring agents and cores to the same version"};
  }
  Fields fields;
  Assignment assignment = read(fields, in);
  if (!fields.problem().empty()) return Error{ErrorCode::parse_failed, kReading, fields.problem()};
  return assignment;
}

}  // namespace isthmus::fleet
