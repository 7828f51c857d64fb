#include "isthmus/probes/survey.hpp"

#include <algorithm>
#include <string>

#include "probes/survey/state.hpp"

namespace isthmus::probes {
namespace {

using survey::Plan;
using survey::PlanSettings;

constexpr double kSlowerRetries = 4;

std::uint64_t order_key(const wire::KeySeed& seed) {
  return wire::TagKey(seed, wire::TagKey::Purpose::order).tag64(wire::TagInput().add(std::uint64_t{0}));
}

PlanSettings plan_settings(const SurveySettings& settings) {
  PlanSettings plan;
  plan.all = settings.mode == SurveySettings::Mode::all;
  plan.walks.flows = settings.flows;
  plan.walks.window = settings.mode == SurveySettings::Mode::window ? settings.window : Ttl{0};
  plan.walks.gap_limit = settings.gap_limit;
  plan.walks.inherited_gap_limit = std::min(plan.walks.inherited_gap_limit, settings.gap_limit);
  plan.walks.key = order_key(settings.seed);
  plan.max_ttl = settings.max_ttl;
  plan.timeout =
      static_cast<survey::Tick>(std::chrono::duration_cast<std::chrono::microseconds>(settings.timeout).count());
  plan.retry_rounds = settings.retry_rounds;
  return plan;
}

Error unusable(std::string why) { return {ErrorCode::invalid_argument, "plan the survey", std::move(why)}; }

Result<void> check(const SurveySettings& settings) {
  if (settings.max_ttl < 1 || settings.max_ttl > kMaxTraceTtl) {
    return unusable("the highest TTL has to be 1 to " + std::to_string(kMaxTraceTtl));
  }
  if (settings.flows < 1 || settings.flows > TraceCodec::flows(settings.protocol)) {
    return unusable("flows have to be 1 to " + std::to_string(TraceCodec::flows(settings.protocol)));
  }
  if (!(settings.rate > 0)) return unusable("the rate has to be more than 0 packets a second");
  if (settings.timeout <= Duration::zero() || settings.timeout > std::chrono::minutes(5)) {
    return unusable("the timeout has to be more than 0 and at most 5m");
  }
  if (settings.gap_limit < 1) return unusable("the gap limit has to be at least 1");
  if (settings.retry_rounds < 0 || settings.retry_rounds >= survey::kMaxAttempts) {
    return unusable("silent hops can be asked again 0 to " + std::to_string(survey::kMaxAttempts - 1) + " times");
  }
  if (settings.mode == SurveySettings::Mode::window && settings.window < 1) {
    return unusable("a window has to be at least one TTL");
  }
  for (const IpAddress& target : settings.targets) {
    if (target.family() != settings.source.family()) {
      return unusable(to_string(target) + " cannot be probed from " + to_string(settings.source) +
                      ": one survey has targets of one IP version");
    }
  }
  return {};
}

struct Chosen {
  std::vector<IpAddress> targets;
  std::size_t denied{0};
};

Chosen choose_targets(const SurveySettings& settings) {
  Chosen chosen;
  chosen.targets = settings.targets;
  chosen.denied = std::erase_if(chosen.targets, [&](const IpAddress& a) { return settings.deny.contains(a); });
  std::sort(chosen.targets.begin(), chosen.targets.end());
  chosen.targets.erase(std::unique(chosen.targets.begin(), chosen.targets.end()), chosen.targets.end());
  return chosen;
}

}  // namespace

Survey::State::State(const SurveySettings& wanted, std::vector<IpAddress> sorted, std::size_t left_out, Instant now)
    : settings(wanted),
      targets(std::move(sorted)),
      began(now),
      codec(wanted.seed, {wanted.protocol, wanted.source, wanted.destination_port}),
      target_numbers(targets.size(), order_key(wanted.seed)),
      plan(plan_settings(wanted), targets),
      full_pacer(wanted.rate),
      slow_pacer(wanted.rate / kSlowerRetries) {
  settings.targets.clear();
  settings.targets.shrink_to_fit();
  for (const IpAddress& target : targets) target_numbers.intern(target);
  counts.targets = targets.size();
  counts.denied = left_out;
}

// Ticks wrap; what is asked about lies within half their range of now.
Instant Survey::State::instant_of(survey::Tick at, Instant now) const {
  return now + std::chrono::microseconds(static_cast<std::int32_t>(at - tick(now)));
}

Result<Survey> Survey::create(const SurveySettings& settings, Instant now) {
  if (const auto checked = check(settings); !checked) return checked.error();
  Chosen chosen = choose_targets(settings);
  constexpr std::size_t kMostPaths = std::size_t{1} << 28;  // 2 GB for each 1 to max_ttl
  if (chosen.targets.size() * settings.flows > kMostPaths) return unusable("too many targets and flows for one survey");
  return Survey(std::make_unique<State>(settings, std::move(chosen.targets), chosen.denied, now));
}

Result<Survey> Survey::resume(const SurveySettings& settings, std::span<const std::byte> saved, Instant now) {
  auto read = survey::read_saved(saved);
  if (!read) return read.error();
  SurveySettings with_seed = settings;
  with_seed.seed = read->seed;  // The flows and the order have to stay the same.
  auto resumed = create(with_seed, now);
  if (!resumed) return resumed.error();
  State& state = *resumed->state_;
  const std::size_t paths = state.targets.size() * settings.flows;
  const std::size_t states = settings.mode == SurveySettings::Mode::all ? 0 : paths;
  if (read->fingerprint != survey::fingerprint(settings, state.targets) ||
      read->plan.cells.size() != paths * settings.max_ttl || read->plan.states.size() != states) {
    return Error{ErrorCode::refused, "resume the survey",
                 "it was begun with other targets or settings; give the same ones, or begin anew with another file"};
  }
  if (!state.plan.can_restore(read->plan)) return survey::damaged_file();
  state.plan.restore(read->plan);
  state.counts.sent = read->sent;
  state.counts.answers = read->answers;
  return resumed;
}

Survey::Survey(std::unique_ptr<State> state) : state_(std::move(state)) {}
Survey::Survey(Survey&&) noexcept = default;
Survey& Survey::operator=(Survey&&) noexcept = default;
Survey::~Survey() = default;

std::span<const SurveyPacket> Survey::poll_packets(Instant now) {
  State& s = *state_;
  const std::size_t room = std::min(s.pacer().ready(now), kBatch);
  s.batch = s.plan.next(s.tick(now), std::span(s.asks).first(room));
  for (std::size_t i = 0; i < s.batch; ++i) {
    const survey::Ask& ask = s.asks[i];
    const TraceProbe probe{.destination = s.targets[ask.path / s.settings.flows],
                           .flow = FlowId{static_cast<std::uint16_t>(ask.path % s.settings.flows)},
                           .ttl = ask.ttl,
                           .retry = (ask.attempt & 1) != 0};
    s.packets[i] = {s.codec.encode(probe, 0, s.buffers[i]), probe.destination};
  }
  if (s.batch != 0) s.pacer().sent(s.batch, now);
  s.counts.sent += s.batch;
  return std::span(s.packets).first(s.batch);
}

void Survey::handle_send_failure(std::size_t index) {
  State& s = *state_;
  if (index >= s.batch) return;
  --s.counts.sent;
  ++s.counts.send_failures;
  s.plan.failed(s.asks[index]);
}

void Survey::handle_packets(std::span<const SurveyReply> packets) {
  while (!packets.empty()) {
    const auto some = packets.first(std::min(packets.size(), state_->arrivals.size()));
    state_->take_in(some);
    packets = packets.subspan(some.size());
  }
}

// Three passes over the packets, each of which sends for the memory that the next one will read: whose answer it is,
// the target's number, the cell.
void Survey::State::take_in(std::span<const SurveyReply> replies) {
  std::size_t count = 0;
  for (const SurveyReply& reply : replies) {
    if (!read(reply, arrivals[count])) continue;
    target_numbers.prefetch(arrivals[count].destination);
    if (arrivals[count].answer.from != arrivals[count].destination) plan.prefetch(arrivals[count].answer.from);
    ++count;
  }
  const auto all = std::span(arrivals).first(count);
  for (Arrival& arrival : all) {
    const auto target = target_numbers.find(arrival.destination);
    arrival.known = target && arrival.flow.value < settings.flows && arrival.answer.ttl >= 1 &&
                    arrival.answer.ttl <= settings.max_ttl;
    if (!arrival.known) continue;
    arrival.answer.path = *target * settings.flows + arrival.flow.value;
    plan.prefetch(arrival.answer.path, arrival.answer.ttl);
  }
  for (Arrival& arrival : all) conclude(arrival);
}

// False: no answer to a probe of this survey's key, and counted as what it is.
bool Survey::State::read(const SurveyReply& reply, Arrival& arrival) {
  const wire::DecodeResult decoded = wire::decode_packet(reply.bytes);
  if (const auto* reason = std::get_if<InvalidReason>(&decoded)) {
    reject(*reason);
    return false;
  }
  const auto& packet = std::get<wire::DecodedPacket>(decoded);
  const auto match = codec.identify(packet, 0);
  if (!match) {
    reject(codec.claim(packet) ? InvalidReason::bad_tag : InvalidReason::not_ours);
    return false;
  }
  const auto* error = std::get_if<wire::IcmpError>(&packet.message);
  arrival.destination = match->probe.destination;
  arrival.flow = match->probe.flow;
  arrival.retry = match->probe.retry;
  arrival.received = reply.received;
  arrival.answer.ttl = match->probe.ttl;
  arrival.answer.from = packet.ip.source;
  arrival.answer.kind = packet.kind;
  arrival.answer.icmp_code = packet.icmp_code;
  arrival.answer.reply_ttl = packet.ip.ttl;
  arrival.answer.quoted_ttl = error != nullptr ? error->quoted.ttl : Ttl{0};
  arrival.answer.weak = match->verdict.strength == Verdict::Strength::weak;
  arrival.answer.id = survey::kNoInterface;
  return true;
}

void Survey::State::conclude(Arrival& arrival) {
  // Verified, but nothing that this survey asks: left over from a survey with the same key and other settings.
  if (!arrival.known) return reject(InvalidReason::not_ours);
  switch (plan.answer(arrival.answer, arrival.retry, tick(arrival.received))) {
    case survey::Grid::Taken::counted: ++counts.answers; break;
    case survey::Grid::Taken::duplicate: reject(InvalidReason::duplicate); break;
    case survey::Grid::Taken::too_late: reject(InvalidReason::too_late); break;
    case survey::Grid::Taken::impossible: reject(InvalidReason::impossible); break;
  }
}

void Survey::handle_timeout(Instant now) { state_->plan.expire(state_->tick(now)); }

Instant Survey::next_deadline(Instant now) const {
  State& s = *state_;
  if (finished()) return Instant::max();
  Instant deadline = now + std::chrono::milliseconds(100);  // Progress is shown even while nothing happens.
  if (const auto expiry = s.plan.next_expiry()) deadline = std::min(deadline, s.instant_of(*expiry, now));
  if (s.plan.may_send()) deadline = std::min(deadline, now + s.pacer().wait(now));
  return std::max(deadline, now);
}

bool Survey::finished() const { return state_->plan.phase() == Plan::Phase::done; }

SurveyProgress Survey::progress() const {
  SurveyProgress progress = state_->counts;
  progress.interfaces = state_->plan.grid().interfaces().size();
  progress.share = state_->plan.share();
  return progress;
}

std::vector<std::byte> Survey::save(Instant now) const {
  const State& s = *state_;
  return survey::write_saved({.fingerprint = survey::fingerprint(s.settings, s.targets),
                              .seed = s.settings.seed,
                              .sent = s.counts.sent,
                              .answers = s.counts.answers,
                              .plan = s.plan.save(s.tick(now))},
                             s.settings.max_ttl);
}

std::span<const IpAddress> Survey::targets() const { return state_->targets; }
std::span<const IpAddress> Survey::interfaces() const { return state_->plan.grid().interfaces().all(); }

}  // namespace isthmus::probes
