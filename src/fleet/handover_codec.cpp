#include <algorithm>
#include <map>

#include "fleet/fields.hpp"
#include "fleet/handover.pb.h"
#include "isthmus/fleet/handover.hpp"

namespace isthmus::fleet {
namespace {

using resilience::BlockMemory;
using resilience::Redundancy;
using resilience::TargetMemory;
using resilience::VantageMemory;

constexpr const char* kReading = "read the handover of a partition";
constexpr std::size_t kLongestHost = 255;
constexpr std::uint32_t kRedundancies = 3;
constexpr std::uint32_t kMostPartitions = 1024;

std::uint64_t count_of(Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

class Writer {
 public:
  explicit Writer(v1::Handover& out) : out_(out) {}

  void write(const TargetMemory& target) {
    v1::Handover::Target& out = *out_.add_targets();
    out.set_name(target.name);
    out.set_state(static_cast<std::uint32_t>(target.state));
    out.set_since(count_of(target.since));
    out.set_redundancy(static_cast<std::uint32_t>(target.redundancy));
    for (const BlockMemory& block : target.blocks) write(block, *out.add_blocks());
    write(target.events, *out.mutable_counts());
  }
  void write(const VantageMemory& vantage) {
    v1::Handover::Vantage& out = *out_.add_vantages();
    out.set_name(vantage.name);
    out.set_state(static_cast<std::uint32_t>(vantage.state));
    out.set_since(count_of(vantage.since));
    write(vantage.events, *out.mutable_counts());
  }

 private:
  using Counts = google::protobuf::RepeatedPtrField<v1::Handover::Count>;

  static void write(const std::map<EventKind, std::uint64_t>& events, Counts& out) {
    for (const auto& [kind, count] : events) {
      v1::Handover::Count& one = *out.Add();
      one.set_kind(static_cast<std::uint32_t>(kind));
      one.set_events(count);
    }
  }
  void write(const BlockMemory& block, v1::Handover::Block& out) {
    put_prefix(*out.mutable_prefix(), block.block.prefix);
    out.set_state(static_cast<std::uint32_t>(block.state));
    out.set_since(count_of(block.since));
    out.set_announced_down(block.announced_down);
    out.set_learned(block.learned);
    out.set_redundancy(static_cast<std::uint32_t>(block.redundancy));
    for (const resilience::UpstreamMemory& upstream : block.upstreams) {
      v1::Handover::Upstream& one = *out.add_upstreams();
      one.set_asn(upstream.asn.number);
      one.set_lost(upstream.lost);
      one.set_first_seen(count_of(upstream.first_seen));
      one.set_last_seen(count_of(upstream.last_seen));
    }
    for (const resilience::AddressMemory& address : block.addresses) {
      v1::Handover::Address& one = *out.add_addresses();
      one.set_vantage(index_of(address.vantage));
      put_address(*one.mutable_address(), address.address);
      one.set_answer_rate(address.answer_rate);
    }
    for (const resilience::HostMemory& host : block.hosts) {
      v1::Handover::Host& one = *out.add_hosts();
      put_address(*one.mutable_address(), host.address);
      one.set_last_answer(count_of(host.last_answer));
      one.set_watched_days(host.watched_days);
      one.set_departures(host.departures);
      one.set_gone(host.gone);
    }
  }
  std::uint32_t index_of(const std::string& name) {
    const auto [at, fresh] = names_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (fresh) out_.add_names(name);
    return at->second;
  }

  v1::Handover& out_;
  std::map<std::string, std::uint32_t> names_;
};

class Reader {
 public:
  Reader(Fields& fields, const v1::Handover& in) : fields_(fields), in_(in) {}

  Handover read() {
    Handover handover;
    handover.partition = fields_.number<std::uint32_t>("partition", in_.partition(), 0, kMostPartitions - 1);
    handover.host = in_.host();
    if (handover.host.empty() || handover.host.size() > kLongestHost) fields_.note("host", "is empty or too long");
    handover.position = {fields_.time("created", in_.created()), in_.sequence(), fields_.time("stored", in_.stored())};
    for (const auto& mark : in_.marks()) {
      handover.marks.push_back({fields_.name("marks.vantage", mark.vantage()), mark.boot(), mark.next()});
    }
    for (const auto& target : in_.targets()) handover.baseline.targets.push_back(read(target));
    for (const auto& vantage : in_.vantages()) {
      VantageMemory& memory = handover.baseline.vantages.emplace_back();
      memory.name = fields_.name("vantages.name", vantage.name());
      memory.state = fields_.enumerator<VantageState>("vantages.state", vantage.state(), kVantageStates.size());
      memory.since = fields_.time("vantages.since", vantage.since());
      memory.events = read(vantage.counts());
    }
    return handover;
  }

 private:
  template <typename Counts>
  std::map<EventKind, std::uint64_t> read(const Counts& in) {
    std::map<EventKind, std::uint64_t> events;
    for (const auto& count : in) {
      events[fields_.enumerator<EventKind>("counts.kind", count.kind(), kEventKinds.size())] = count.events();
    }
    return events;
  }
  TargetMemory read(const v1::Handover::Target& in) {
    TargetMemory target;
    target.name = fields_.name("targets.name", in.name());
    target.state = fields_.enumerator<State>("targets.state", in.state(), kStates.size());
    target.since = fields_.time("targets.since", in.since());
    target.redundancy = fields_.enumerator<Redundancy>("targets.redundancy", in.redundancy(), kRedundancies);
    for (const auto& block : in.blocks()) target.blocks.push_back(read(block));
    target.events = read(in.counts());
    return target;
  }
  BlockMemory read(const v1::Handover::Block& in) {
    BlockMemory block;
    block.block.prefix = fields_.prefix("blocks.prefix", in.prefix());
    block.state = fields_.enumerator<State>("blocks.state", in.state(), kStates.size());
    block.since = fields_.time("blocks.since", in.since());
    block.announced_down = in.announced_down();
    block.learned = in.learned();
    block.redundancy = fields_.enumerator<Redundancy>("blocks.redundancy", in.redundancy(), kRedundancies);
    for (const auto& upstream : in.upstreams()) {
      block.upstreams.push_back({Asn{upstream.asn()}, upstream.lost(),
                                 fields_.time("upstreams.first_seen", upstream.first_seen()),
                                 fields_.time("upstreams.last_seen", upstream.last_seen())});
    }
    for (const auto& address : in.addresses()) {
      if (address.vantage() >= static_cast<std::uint32_t>(in_.names_size())) {
        fields_.note("addresses.vantage", "is none of the names");
        return block;
      }
      block.addresses.push_back({fields_.name("names", in_.names(static_cast<int>(address.vantage()))),
                                 fields_.address("addresses.address", address.address()),
                                 ratio("addresses.answer_rate", address.answer_rate())});
    }
    for (const auto& host : in.hosts()) {
      if (!(host.watched_days() >= 0 && host.watched_days() < 1e6))
        fields_.note("hosts.watched_days", "is out of range");
      block.hosts.push_back({fields_.address("hosts.address", host.address()),
                             fields_.time("hosts.last_answer", host.last_answer()), host.watched_days(),
                             host.departures(), host.gone()});
    }
    return block;
  }
  double ratio(const char* field, double value) {
    if (!(value >= 0 && value <= 1)) fields_.note(field, "is not from 0 to 1");
    return value;
  }

  Fields& fields_;
  const v1::Handover& in_;
};

}  // namespace

std::string encode(const Handover& handover) {
  v1::Handover out;
  out.set_schema(kHandoverSchema);
  out.set_partition(handover.partition);
  out.set_host(handover.host);
  out.set_created(count_of(handover.position.created));
  out.set_sequence(handover.position.sequence);
  out.set_stored(count_of(handover.position.stored));
  for (const Handover::Mark& mark : handover.marks) {
    v1::Handover::Mark& one = *out.add_marks();
    one.set_vantage(mark.vantage);
    one.set_boot(mark.boot);
    one.set_next(mark.next);
  }
  Writer writer(out);
  for (const TargetMemory& target : handover.baseline.targets) writer.write(target);
  for (const VantageMemory& vantage : handover.baseline.vantages) writer.write(vantage);
  return out.SerializeAsString();
}

Result<Handover> decode_handover(std::string_view bytes) {
  v1::Handover in;
  if (bytes.size() > kMostHandoverBytes || !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::parse_failed, kReading, "it is none: its bytes do not parse"};
  }
  if (in.schema() != kHandoverSchema) {
    return Error{ErrorCode::refused, kReading, "it has schema " + std::to_string(in.schema())};
  }
  Fields fields;
  Handover handover = Reader(fields, in).read();
  if (!fields.problem().empty()) return Error{ErrorCode::parse_failed, kReading, fields.problem()};
  return handover;
}

bool is_further(const StreamPosition& one, const StreamPosition& other) {
  return one.created != other.created ? one.created > other.created : one.sequence > other.sequence;
}

}  // namespace isthmus::fleet
