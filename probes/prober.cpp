#include "isthmus/probes/prober.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include "isthmus/schedule/pacer.hpp"
#include "isthmus/wire/decode.hpp"
#include "probes/address_book.hpp"
#include "probes/counters.hpp"
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

// Telling the engines of new addresses costs about a microsecond for each that there is. In a large space there is
// always something new: it waits until that is a hundredth of the time.
constexpr Duration kNewsPause = std::chrono::microseconds(100);
constexpr Duration kReviewInterval = std::chrono::hours(1);

std::uint64_t derive(const wire::KeySeed& seed, std::uint64_t purpose) {
  return TagKey(seed, TagKey::Purpose::order).tag64(wire::TagInput().add(purpose));
}

// The ICMP ids of pings and of the search differ in the lowest bit; those of traces are keyed by destination.
std::uint16_t echo_id(const wire::KeySeed& seed, Engine engine) {
  const auto base = static_cast<std::uint16_t>(derive(seed, 0) | 1);
  return engine == Engine::ping ? base : static_cast<std::uint16_t>(base - 1);
}

EchoCodec echo_codec(const wire::KeySeed& seed, Engine engine) {
  const auto purpose = engine == Engine::ping ? TagKey::Purpose::ping : TagKey::Purpose::discovery;
  return {seed, purpose, echo_id(seed, engine)};
}

}  // namespace

class Prober::Impl {
 public:
  Impl(ProberSettings settings, const SourceLookup& source_for)
      : settings_(std::move(settings)),
        pacer_(schedule::Pacer::strict(settings_.rate_limit)),
        ping_(echo_codec(settings_.key_seed, Engine::ping), settings_.vantage, source_for),
        trace_(settings_.key_seed, settings_.vantage, source_for),
        discovery_(echo_codec(settings_.key_seed, Engine::discovery), source_for, derive(settings_.key_seed, 2)),
        addresses_(settings_.targets) {}

  std::optional<OutgoingPacket> poll_packet(Instant now, Timestamp wall);
  void handle_sent(const ProbeKey& key, Instant sent);
  void handle_send_failure(const ProbeKey& key, int error_number, Instant now);
  void handle_packet(std::span<const std::byte> bytes, Instant received);
  void handle_timeout(Instant now);
  Instant next_deadline() const;
  bool is_behind(Instant now) const { return !started_ || next_probe_time() <= now; }
  std::optional<Observation> poll_observation();
  void trace_now(const TraceGoal& goal, Instant now) { trace_.trace_now(goal, now); }
  void ping_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first, Instant now) {
    ping_.ping_now(target, block, first, now);
  }
  void look_now(const TraceGoal& goal, Instant now) { trace_.look_now(goal, now); }
  void advise(const UpstreamAdvice& advice) {
    trace_.advise({advice.target, advice.address}, advice.flow, advice.router);
  }
  void reconfigure(ProberSettings settings, Instant now);
  ProberReport report(Instant now, Timestamp wall) const;
  std::vector<IpAddress> known_addresses(const std::string& target) const { return addresses_.known(target); }

 private:
  std::optional<InvalidReason> dispatch(const wire::DecodedPacket& packet, Instant received);
  void start(Instant now);
  void apply(Instant now);
  void apply_goals(Instant now);
  void take_news(Instant now);
  bool has_news() const { return addresses_changed_ || answering_changed_; }
  std::array<Engine, 3> order() const;
  std::optional<OutgoingPacket> poll_engine(Engine engine, Instant now, Timestamp wall);
  void count_turn(Engine engine);
  Instant next_probe_time() const;

  ProberSettings settings_;
  schedule::Pacer pacer_;
  PingEngine ping_;
  TraceEngine trace_;
  Discovery discovery_;
  AddressBook addresses_;
  Counters counters_;
  std::array<std::byte, PingEngine::kMaxPacket> packet_{};  // what poll_packet() returned last
  int since_trace_{0};
  int since_discovery_{0};
  bool started_{false};
  bool addresses_changed_{false};  // and the engines do not know it yet
  bool answering_changed_{false};
  Instant next_news_{Instant::min()};
  Instant next_review_{Instant::min()};
  Instant last_seen_{Instant::min()};
};

void Prober::Impl::start(Instant now) {
  last_seen_ = now;
  if (std::exchange(started_, true)) return;
  next_review_ = now + kReviewInterval;
  apply(now);
}

// Tells the engines what the settings and the addresses known by now mean for them.
void Prober::Impl::apply(Instant now) {
  std::vector<PingGroup> groups;
  if (settings_.ping.enabled) {
    if (!settings_.controls.empty()) groups.push_back({"", settings_.controls});
    for (const ProbeTarget& target : settings_.targets) groups.push_back({target.name, addresses_.known(target.name)});
  }
  ping_.set_targets(groups, settings_.ping, now);
  discovery_.set_deny(settings_.deny);
  discovery_.set_ranges(settings_.discovery.enabled ? addresses_.census(settings_.discovery.forget_after, now)
                                                    : std::vector<Discovery::Census>{},
                        settings_.discovery, settings_.rate_limit * settings_.discovery.share, now);
  trace_.set_router_limit(settings_.router_limit);
  std::map<std::string, double> quotas;
  for (const ProbeTarget& target : settings_.targets) {
    if (target.trace_probes_per_hour > 0) quotas.emplace(target.name, target.trace_probes_per_hour);
  }
  trace_.set_quotas(std::move(quotas));
  apply_goals(now);
}

void Prober::Impl::apply_goals(Instant now) {
  std::vector<TraceGoal> goals;
  if (settings_.trace.enabled) {
    const auto& chosen = addresses_.choose_traced(ping_, settings_.trace.addresses_per_block);
    goals.assign(chosen.begin(), chosen.end());
  } else {
    addresses_.trace_nothing();
  }
  trace_.set_goals(goals, settings_.trace, now);
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
  if (pacer_.ready(now) == 0) return std::nullopt;
  for (const Engine engine : order()) {
    while (auto packet = poll_engine(engine, now, wall)) {
      // The last gate before the network, for every packet whatever its way here.
      if (settings_.deny.contains(packet->destination)) {
        counters_.denied();
        handle_send_failure(packet->key, EACCES, now);
        continue;
      }
      pacer_.sent(1, now);
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
    return OutgoingPacket{trace_.encode(*probe, std::span(packet_).first<TraceCodec::kMaxPacket>()),
                          probe->probe.destination,
                          {engine, probe->number}};
  }
  const auto probe = engine == Engine::ping ? ping_.poll_probe(now, wall) : discovery_.poll_probe(now);
  if (!probe) return std::nullopt;
  return OutgoingPacket{engine == Engine::ping ? ping_.encode(*probe, packet_) : discovery_.encode(*probe, packet_),
                        probe->destination,
                        {engine, probe->number}};
}

void Prober::Impl::count_turn(Engine engine) {
  since_trace_ = engine == Engine::traceroute ? 0 : since_trace_ + 1;
  since_discovery_ = engine == Engine::discovery ? 0 : since_discovery_ + 1;
  const Protocol protocol = engine == Engine::traceroute ? settings_.trace.protocol
                            : engine == Engine::ping     ? settings_.ping.protocol
                                                         : Protocol::icmp;
  counters_.sent(engine, protocol);
}

// A trace keeps the time it was polled at: its hops are compared with each other.
void Prober::Impl::handle_sent(const ProbeKey& key, Instant sent) {
  if (key.engine == Engine::ping) ping_.handle_sent(key.number, sent);
}

void Prober::Impl::handle_send_failure(const ProbeKey& key, int error_number, Instant now) {
  switch (key.engine) {
    case Engine::ping: ping_.handle_send_failure(key.number, error_number); break;
    case Engine::discovery: discovery_.handle_send_failure(key.number); break;
    case Engine::traceroute: trace_.handle_send_failure(key.number, error_number, now); break;
  }
}

void Prober::Impl::handle_packet(std::span<const std::byte> bytes, Instant received) {
  const auto decoded = wire::decode_packet(bytes);
  if (const auto* invalid = std::get_if<InvalidReason>(&decoded)) {
    counters_.invalid(*invalid);
  } else if (const auto reason = dispatch(std::get<wire::DecodedPacket>(decoded), received)) {
    counters_.invalid(*reason);
  }
}

// Several engines may recognise the fields of a packet; its tag is right for one of them at most. Counted is what the
// first says that knows it.
std::optional<InvalidReason> Prober::Impl::dispatch(const wire::DecodedPacket& packet, Instant received) {
  InvalidReason reason = InvalidReason::not_ours;
  const auto ask = [&](auto& engine) {
    const auto said = engine.handle_reply(packet, received);
    const bool vague = reason == InvalidReason::not_ours || reason == InvalidReason::bad_tag;
    if (said && vague && *said != InvalidReason::not_ours) reason = *said;
    return !said;
  };
  if (ask(ping_) || ask(discovery_) || ask(trace_)) return std::nullopt;
  return reason;
}

void Prober::Impl::handle_timeout(Instant now) {
  start(now);
  ping_.handle_timeout(now);
  trace_.handle_timeout(now);
  discovery_.handle_timeout(now);
  take_news(now);
}

// Addresses that were found, died, or answer now and did not before.
void Prober::Impl::take_news(Instant now) {
  while (auto found = discovery_.poll_found())
    addresses_changed_ = addresses_.add_found(*found, now) || addresses_changed_;
  if (now >= next_review_) {
    if (addresses_.forget_silent(ping_, settings_.discovery.forget_after, now)) addresses_changed_ = true;
    next_review_ = now + kReviewInterval;
    // Where all of a block has been silent for long it is searched again, and what has long been silent not traced.
    addresses_changed_ = addresses_changed_ || settings_.discovery.enabled;
    answering_changed_ = true;
  }
  answering_changed_ = ping_.take_answering_changed() || answering_changed_;
  if (now < next_news_ || !(addresses_changed_ || answering_changed_)) return;
  if (std::exchange(addresses_changed_, false)) {
    apply(now);
  } else {
    apply_goals(now);
  }
  answering_changed_ = false;
  next_news_ = now + kNewsPause * static_cast<Duration::rep>(ping_.watched());
}

Instant Prober::Impl::next_probe_time() const {
  return std::min({ping_.next_probe_time(), trace_.next_probe_time(), discovery_.next_probe_time()});
}

Instant Prober::Impl::next_deadline() const {
  if (!started_) return Instant::min();
  Instant next_send = next_probe_time();
  if (next_send != Instant::max()) next_send = std::max(next_send, last_seen_ + pacer_.wait(last_seen_));
  const Instant news = has_news() ? next_news_ : Instant::max();
  return std::min({next_send, news, ping_.next_timeout(), trace_.next_timeout(), discovery_.next_timeout()});
}

std::optional<Observation> Prober::Impl::poll_observation() {
  if (auto series = ping_.poll_observation()) return std::move(*series);
  if (auto trace = trace_.poll_observation()) return std::move(*trace);
  return std::nullopt;
}

void Prober::Impl::reconfigure(ProberSettings settings, Instant now) {
  settings.vantage = settings_.vantage;
  settings.key_seed = settings_.key_seed;
  if (settings.rate_limit != settings_.rate_limit) {
    pacer_ = schedule::Pacer::strict(settings.rate_limit);
    pacer_.sent(pacer_.largest_batch(), now);  // the old one may just have sent all it could
  }
  settings_ = std::move(settings);
  addresses_.set_targets(settings_.targets);
  started_ = true;
  last_seen_ = now;
  apply(now);
}

ProberReport Prober::Impl::report(Instant now, Timestamp wall) const {
  ProberReport report;
  report.vantage = settings_.vantage;
  report.time = wall;
  counters_.write(report);
  report.send_failures = ping_.send_failures() + trace_.send_failures();
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
bool Prober::is_behind(Instant now) const { return impl_->is_behind(now); }
std::optional<Observation> Prober::poll_observation() { return impl_->poll_observation(); }

void Prober::trace_now(const std::string& target, const IpAddress& address, Instant now) {
  impl_->trace_now({target, address}, now);
}

void Prober::look_now(const std::string& target, const IpAddress& address, Instant now) {
  impl_->look_now({target, address}, now);
}

void Prober::ping_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first,
                      Instant now) {
  impl_->ping_now(target, block, first, now);
}

void Prober::advise(const UpstreamAdvice& advice) { impl_->advise(advice); }

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
