#include "isthmus/probes/prober.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "isthmus/schedule/token_bucket.hpp"
#include "isthmus/wire/decode.hpp"
#include "probes/ping/discovery.hpp"
#include "probes/ping/engine.hpp"
#include "probes/settings_check.hpp"
#include "probes/traceroute/engine.hpp"

namespace isthmus::probes {
namespace {

using wire::TagKey;
using Engine = ProbeKey::Engine;

// Pings come first, then traces, then the search. So that nobody starves, traces get every fifth packet and the search
// every tenth, if they have something to send.
constexpr int kTraceTurn = 4;
constexpr int kDiscoveryTurn = 9;

std::uint64_t derive(const wire::KeySeed& seed, std::uint64_t purpose) {
  return TagKey(seed, TagKey::Purpose::order).tag64(wire::TagInput().add(purpose));
}

// The ICMP ids of pings and of the search differ in the lowest bit, and traces leave both alone.
std::uint16_t echo_id(const wire::KeySeed& seed, Engine engine) {
  const auto base = static_cast<std::uint16_t>(derive(seed, 0) | 1);
  return engine == Engine::ping ? base : static_cast<std::uint16_t>(base - 1);
}

EchoCodec echo_codec(const wire::KeySeed& seed, Engine engine) {
  const auto purpose = engine == Engine::ping ? TagKey::Purpose::ping : TagKey::Purpose::discovery;
  return {seed, purpose, echo_id(seed, engine)};
}

ProbeTable probe_table(const wire::KeySeed& seed) {
  return {SlotCodec(seed), derive(seed, 1), {echo_id(seed, Engine::ping), echo_id(seed, Engine::discovery)}};
}

}  // namespace

class Prober::Impl {
 public:
  Impl(ProberSettings settings, const SourceLookup& source_for)
      : settings_(std::move(settings)),
        bucket_(schedule::TokenBucket::strict(settings_.rate_limit)),
        ping_(echo_codec(settings_.key_seed, Engine::ping), settings_.vantage, source_for),
        trace_(probe_table(settings_.key_seed), settings_.vantage, source_for),
        discovery_(echo_codec(settings_.key_seed, Engine::discovery), source_for, derive(settings_.key_seed, 2)) {}

  std::optional<OutgoingPacket> poll_packet(Instant now, Timestamp wall);
  void handle_sent(const ProbeKey& key, Instant sent);
  void handle_send_failure(const ProbeKey& key, int error_number, Instant now);
  void handle_packet(std::span<const std::byte> bytes, Instant received);
  void handle_timeout(Instant now);
  Instant next_deadline() const;
  std::optional<Observation> poll_observation();
  void trace_now(const TraceGoal& goal, Instant now) { trace_.trace_now(goal, now); }
  void reconfigure(ProberSettings settings, Instant now);
  ProberReport report(Instant now, Timestamp wall) const;
  std::vector<IpAddress> known_addresses(const std::string& target) const;

 private:
  void start(Instant now);
  void apply(Instant now);
  void apply_goals(Instant now);
  std::vector<IpAddress> choose_traced(const std::string& target) const;
  std::vector<Discovery::Range> unknown_ranges() const;
  bool holds(const std::string& target, const IpAddress& address) const;
  std::array<Engine, 3> order() const;
  std::optional<OutgoingPacket> poll_engine(Engine engine, Instant now, Timestamp wall);
  void count_turn(Engine engine);
  Instant next_probe_time() const;

  ProberSettings settings_;
  schedule::TokenBucket bucket_;
  PingEngine ping_;
  TraceEngine trace_;
  Discovery discovery_;
  std::map<std::string, std::set<IpAddress>> discovered_;
  std::set<TraceGoal> traced_;
  std::map<std::pair<Engine, Protocol>, std::uint64_t> sent_;
  std::array<std::uint64_t, kInvalidReasons> invalid_{};
  std::uint64_t denied_{0};
  int since_trace_{0};
  int since_discovery_{0};
  bool started_{false};
  Instant last_seen_{Instant::min()};
};

void Prober::Impl::start(Instant now) {
  last_seen_ = now;
  if (!std::exchange(started_, true)) apply(now);
}

// Tells the engines what the settings and the addresses known by now mean for them.
void Prober::Impl::apply(Instant now) {
  std::vector<PingGroup> groups;
  if (settings_.ping.enabled) {
    if (!settings_.controls.empty()) groups.push_back({"", settings_.controls});
    for (const ProbeTarget& target : settings_.targets) groups.push_back({target.name, known_addresses(target.name)});
  }
  ping_.set_targets(groups, settings_.ping, now);
  discovery_.set_deny(settings_.deny);
  discovery_.set_ranges(settings_.discovery.enabled ? unknown_ranges() : std::vector<Discovery::Range>{},
                        settings_.discovery, settings_.rate_limit * settings_.discovery.share);
  trace_.set_router_limit(settings_.router_limit);
  apply_goals(now);
}

void Prober::Impl::apply_goals(Instant now) {
  std::set<TraceGoal> goals;
  if (settings_.trace.enabled) {
    for (const ProbeTarget& target : settings_.targets) {
      for (const IpAddress& address : choose_traced(target.name)) goals.insert({target.name, address});
    }
  }
  traced_ = std::move(goals);
  trace_.set_goals({traced_.begin(), traced_.end()}, settings_.trace, now);
}

// A few addresses of each block: those that answer pings first, then those traced so far, then the lowest. An address
// that stops answering is traced on as long as no other one answers: its block may just have gone dark.
std::vector<IpAddress> Prober::Impl::choose_traced(const std::string& target) const {
  std::map<Block, std::vector<std::pair<int, IpAddress>>> ranked;
  for (const IpAddress& address : known_addresses(target)) {
    const int rank = (ping_.is_answering(target, address) ? 0 : 2) + (traced_.contains({target, address}) ? 0 : 1);
    ranked[Block::of(address)].emplace_back(rank, address);
  }
  std::vector<IpAddress> chosen;
  for (auto& [block, candidates] : ranked) {
    std::sort(candidates.begin(), candidates.end());
    if (candidates.size() > settings_.trace.addresses_per_block) {
      candidates.resize(settings_.trace.addresses_per_block);
    }
    for (const auto& [rank, address] : candidates) chosen.push_back(address);
  }
  return chosen;
}

std::vector<IpAddress> Prober::Impl::known_addresses(const std::string& target) const {
  std::set<IpAddress> known;
  for (const ProbeTarget& t : settings_.targets) {
    if (t.name == target) known.insert(t.addresses.begin(), t.addresses.end());
  }
  if (const auto found = discovered_.find(target); found != discovered_.end()) {
    known.insert(found->second.begin(), found->second.end());
  }
  return {known.begin(), known.end()};
}

std::vector<Discovery::Range> Prober::Impl::unknown_ranges() const {
  std::vector<Discovery::Range> ranges;
  for (const ProbeTarget& target : settings_.targets) {
    for (const Prefix& prefix : target.prefixes) {
      if (prefix.family() != Family::ipv4) continue;  // a /48 is too large to be searched
      const auto blocks = blocks_of(prefix);          // checked to succeed by check_settings
      for (const Block& block : *blocks) {
        const Prefix part = prefix.length() > block.prefix.length() ? prefix : block.prefix;
        const bool known = std::any_of(target.addresses.begin(), target.addresses.end(),
                                       [&](const IpAddress& a) { return part.contains(a); });
        if (!known) ranges.push_back({target.name, part});
      }
    }
  }
  return ranges;
}

std::array<Engine, 3> Prober::Impl::order() const {
  const bool trace_first = since_trace_ >= kTraceTurn;
  const Engine first = trace_first ? Engine::traceroute : Engine::ping;
  const Engine second = trace_first ? Engine::ping : Engine::traceroute;
  if (since_discovery_ >= kDiscoveryTurn) return {Engine::discovery, first, second};
  return {first, second, Engine::discovery};
}

std::optional<OutgoingPacket> Prober::Impl::poll_packet(Instant now, Timestamp wall) {
  start(now);
  if (bucket_.wait(now) > Duration::zero()) return std::nullopt;
  for (const Engine engine : order()) {
    while (auto packet = poll_engine(engine, now, wall)) {
      // The last gate before the network, for every packet whatever its way here.
      if (settings_.deny.contains(packet->destination)) {
        ++denied_;
        handle_send_failure(packet->key, EACCES, now);
        continue;
      }
      bucket_.take(now);
      count_turn(engine);
      return packet;
    }
  }
  return std::nullopt;
}

std::optional<OutgoingPacket> Prober::Impl::poll_engine(Engine engine, Instant now, Timestamp wall) {
  if (engine == Engine::traceroute) {
    const auto probe = trace_.poll_probe(now, wall);
    if (!probe) return std::nullopt;
    return OutgoingPacket{trace_.encode(*probe), probe->request.destination, {engine, probe->slot}};
  }
  const auto probe = engine == Engine::ping ? ping_.poll_probe(now, wall) : discovery_.poll_probe(now);
  if (!probe) return std::nullopt;
  return OutgoingPacket{engine == Engine::ping ? ping_.encode(*probe) : discovery_.encode(*probe),
                        probe->destination,
                        {engine, probe->number}};
}

void Prober::Impl::count_turn(Engine engine) {
  since_trace_ = engine == Engine::traceroute ? 0 : since_trace_ + 1;
  since_discovery_ = engine == Engine::discovery ? 0 : since_discovery_ + 1;
  ++sent_[{engine, engine == Engine::traceroute ? settings_.trace.protocol : Protocol::icmp}];
}

// A trace keeps the time it was polled at: its hops are compared with each other.
void Prober::Impl::handle_sent(const ProbeKey& key, Instant sent) {
  if (key.engine == Engine::ping) ping_.handle_sent(key.number, sent);
}

void Prober::Impl::handle_send_failure(const ProbeKey& key, int error_number, Instant now) {
  switch (key.engine) {
    case Engine::ping: ping_.handle_send_failure(key.number, error_number); break;
    case Engine::discovery: discovery_.handle_send_failure(key.number); break;
    case Engine::traceroute:
      trace_.handle_send_failure(static_cast<std::uint16_t>(key.number), error_number, now);
      break;
  }
}

void Prober::Impl::handle_packet(std::span<const std::byte> bytes, Instant received) {
  const auto decoded = wire::decode_packet(bytes);
  std::optional<InvalidReason> reason;
  if (const auto* invalid = std::get_if<InvalidReason>(&decoded)) {
    reason = *invalid;
  } else {
    const auto& packet = std::get<wire::DecodedPacket>(decoded);
    reason = ping_.handle_reply(packet, received);
    if (reason == InvalidReason::not_ours) reason = discovery_.handle_reply(packet, received);
    if (reason == InvalidReason::not_ours) reason = trace_.handle_reply(packet, received);
  }
  if (reason) ++invalid_[static_cast<std::size_t>(*reason)];
}

void Prober::Impl::handle_timeout(Instant now) {
  start(now);
  ping_.handle_timeout(now);
  trace_.handle_timeout(now);
  discovery_.handle_timeout(now);
  bool joined = false;
  while (auto found = discovery_.poll_found()) {
    joined = discovered_[found->target].insert(found->address).second || joined;
  }
  const bool changed = ping_.take_answering_changed();
  if (joined) {
    apply(now);
  } else if (changed) {
    apply_goals(now);
  }
}

Instant Prober::Impl::next_probe_time() const {
  return std::min({ping_.next_probe_time(), trace_.next_probe_time(), discovery_.next_probe_time()});
}

Instant Prober::Impl::next_deadline() const {
  if (!started_) return Instant::min();
  Instant next_send = next_probe_time();
  if (next_send != Instant::max()) next_send = std::max(next_send, last_seen_ + bucket_.wait(last_seen_));
  return std::min({next_send, ping_.next_timeout(), trace_.next_timeout(), discovery_.next_timeout()});
}

std::optional<Observation> Prober::Impl::poll_observation() {
  if (auto series = ping_.poll_observation()) return std::move(*series);
  if (auto trace = trace_.poll_observation()) return std::move(*trace);
  return std::nullopt;
}

bool Prober::Impl::holds(const std::string& target, const IpAddress& address) const {
  return std::any_of(settings_.targets.begin(), settings_.targets.end(), [&](const ProbeTarget& t) {
    return t.name == target && std::any_of(t.prefixes.begin(), t.prefixes.end(),
                                           [&](const Prefix& prefix) { return prefix.contains(address); });
  });
}

void Prober::Impl::reconfigure(ProberSettings settings, Instant now) {
  settings.vantage = settings_.vantage;
  settings.key_seed = settings_.key_seed;
  if (settings.rate_limit != settings_.rate_limit) {
    bucket_ = schedule::TokenBucket::strict(settings.rate_limit);
    bucket_.take(now);  // the old bucket may just have been emptied
  }
  settings_ = std::move(settings);
  // What was found stays with a target as long as its prefixes still hold it.
  for (auto& [name, addresses] : discovered_) {
    std::erase_if(addresses, [&, &target = name](const IpAddress& address) { return !holds(target, address); });
  }
  started_ = true;
  last_seen_ = now;
  apply(now);
}

ProberReport Prober::Impl::report(Instant now, Timestamp wall) const {
  ProberReport report;
  report.vantage = settings_.vantage;
  report.time = wall;
  for (const auto& [key, probes] : sent_) {
    constexpr std::array kNames{"ping", "traceroute", "discovery"};
    report.sent.push_back({kNames[static_cast<std::size_t>(key.first)], key.second, probes});
  }
  report.invalid = invalid_;
  report.send_failures = ping_.send_failures() + trace_.send_failures();
  report.denied = denied_;
  const Instant due = std::min(ping_.next_probe_time(), trace_.next_trace_time());
  report.pacing_lag = started_ && due < now ? now - due : Duration::zero();
  return report;
}

Prober::Prober(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Prober::Prober(Prober&&) noexcept = default;
Prober& Prober::operator=(Prober&&) noexcept = default;
Prober::~Prober() = default;

Result<Prober> Prober::create(ProberSettings settings, SourceLookup source_for) {
  if (const auto valid = check_settings(settings); !valid) return valid.error();
  return Prober(std::make_unique<Impl>(std::move(settings), source_for));
}

std::optional<OutgoingPacket> Prober::poll_packet(Instant now, Timestamp wall) { return impl_->poll_packet(now, wall); }

void Prober::handle_sent(const ProbeKey& key, Instant sent) { impl_->handle_sent(key, sent); }

void Prober::handle_send_failure(const ProbeKey& key, int error_number, Instant now) {
  impl_->handle_send_failure(key, error_number, now);
}

void Prober::handle_packet(std::span<const std::byte> bytes, Instant received) {
  impl_->handle_packet(bytes, received);
}

void Prober::handle_timeout(Instant now) { impl_->handle_timeout(now); }
Instant Prober::next_deadline() const { return impl_->next_deadline(); }
std::optional<Observation> Prober::poll_observation() { return impl_->poll_observation(); }

void Prober::trace_now(const std::string& target, const IpAddress& address, Instant now) {
  impl_->trace_now({target, address}, now);
}

Result<void> Prober::reconfigure(ProberSettings settings, Instant now) {
  if (auto valid = check_settings(settings); !valid) return valid;
  impl_->reconfigure(std::move(settings), now);
  return {};
}

ProberReport Prober::report(Instant now, Timestamp wall) const { return impl_->report(now, wall); }

std::vector<IpAddress> Prober::known_addresses(const std::string& target) const {
  return impl_->known_addresses(target);
}

}  // namespace isthmus::probes
