#include "probes/multipath/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "probes/reply.hpp"

namespace isthmus::probes {
namespace {

// A packet that could not leave is tried again after this, and after so many in a row nothing is.
constexpr Duration kSendAgainAfter = std::chrono::milliseconds(50);
constexpr int kSendFailuresInARow = 20;

ExplorerSettings explorer_settings(const MultipathSettings& settings) {
  ExplorerSettings explorer;
  explorer.lite = settings.algorithm == MultipathAlgorithm::mda_lite;
  explorer.failure_bound = settings.failure_bound;
  explorer.first_ttl = settings.first_ttl;
  explorer.max_ttl = settings.max_ttl;
  explorer.attempts = settings.attempts;
  explorer.gap_limit = settings.gap_limit;
  explorer.max_flows = std::min<std::size_t>(settings.max_flows, TraceCodec::flows(settings.protocol));
  return explorer;
}

// The retry bit tells neighbouring attempts apart, the generation those further away.
std::uint64_t generation_of(int attempt) { return static_cast<std::uint64_t>(attempt - 1) / 2; }

std::uint64_t order_key(const wire::KeySeed& seed) {
  return wire::TagKey(seed, wire::TagKey::Purpose::order).tag64(wire::TagInput().add(std::uint64_t{3}));
}

Error wrong(std::string detail) { return {ErrorCode::invalid_argument, "set up multipath", std::move(detail)}; }

Result<void> check(const MultipathSettings& settings) {
  if (!(settings.rate_limit > 0) || !std::isfinite(settings.rate_limit)) {
    return wrong("a rate limit is mandatory: packets a second, more than 0");
  }
  if (!(settings.router_limit >= 0) || !std::isfinite(settings.router_limit)) {
    return wrong("the router limit must be 0 (none) or more replies a second");
  }
  if (!(settings.failure_bound > 0 && settings.failure_bound < 1)) return wrong("the failure bound is between 0 and 1");
  if (settings.source.family() != settings.destination.family())
    return wrong("source and destination differ in family");
  if (settings.first_ttl < 1 || settings.first_ttl > settings.max_ttl || settings.max_ttl > kMaxTraceTtl) {
    return wrong("TTLs go from 1 or more up to the last one, at most " + std::to_string(kMaxTraceTtl));
  }
  if (settings.attempts < 1 || settings.gap_limit < 1) return wrong("attempts and gap limit must be at least 1");
  if (settings.timeout <= Duration::zero()) return wrong("the timeout must be longer than zero");
  if (settings.max_flows < 2) return wrong("one flow cannot find several paths");
  if (settings.deny.contains(settings.destination)) {
    return Error{ErrorCode::refused, "probe " + to_string(settings.destination), "it is on the deny list"};
  }
  return {};
}

}  // namespace

MultipathEngine::Impl::Impl(const MultipathSettings& settings, Timestamp wall)
    : settings_(settings),
      codec_(settings.key_seed, {settings.protocol, settings.source, settings.destination_port}),
      explorer_(explorer_settings(settings)),
      order_(TraceCodec::flows(settings.protocol), order_key(settings.key_seed)),
      bucket_(schedule::TokenBucket::strict(settings.rate_limit)) {
  if (settings.router_limit > 0) budget_.emplace(settings.router_limit);
  result_.started = wall;
}

TraceProbe MultipathEngine::Impl::probe_of(const Cell& cell, int attempt) const {
  return {settings_.destination, flow_id(cell.flow), cell.ttl, attempt % 2 == 0};
}

std::span<const std::byte> MultipathEngine::Impl::poll_packet(Instant now, std::span<std::byte, kMaxPacket> out) {
  last_seen_ = now;
  last_.reset();
  if (finished() || bucket_.wait(now) > Duration::zero()) return {};
  const auto ask = next_ask(now);
  if (!ask) return {};
  const Cell cell{ask->flow, ask->ttl};
  bucket_.take(now);
  pace_[ask->ttl].sent(now);
  charge(*ask, now);
  const Out probe{ask->attempt, now, ++sent_};
  out_[cell] = probe;
  timeouts_.emplace_back(cell, probe);
  flow_of_.emplace(flow_id(ask->flow).value, ask->flow);
  last_ = ask;
  ++result_.probes;
  return codec_.encode(probe_of(cell, ask->attempt), generation_of(ask->attempt), out);
}

// What was held back comes first; what has to be held back is put there.
std::optional<Explorer::Ask> MultipathEngine::Impl::next_ask(Instant now) {
  while (true) {
    std::optional<Explorer::Ask> ask;
    if (!held_.empty() && held_.begin()->first <= now) {
      ask = held_.begin()->second;
      held_.erase(held_.begin());
    } else {
      ask = explorer_.next();
    }
    if (!ask) return std::nullopt;
    const Instant time = earliest(*ask, now);
    if (time <= now) return ask;
    held_.emplace(time, *ask);
  }
}

Instant MultipathEngine::Impl::earliest(const Explorer::Ask& ask, Instant now) const {
  Instant time = now;
  if (const auto pace = pace_.find(ask.ttl); pace != pace_.end()) time = pace->second.earliest(now);
  if (!budget_) return time;
  const IpAddress* router = predicted_router({ask.flow, ask.ttl});
  return router == nullptr ? time : std::max(time, now + budget_->wait(*router, now));
}

void MultipathEngine::Impl::charge(const Explorer::Ask& ask, Instant now) {
  if (!budget_) return;
  if (const IpAddress* router = predicted_router({ask.flow, ask.ttl})) budget_->take(*router, now);
}

// Where the flow most likely goes: by the commonest way behind where it was seen, or the hop's commonest vertex.
const IpAddress* MultipathEngine::Impl::predicted_router(const Cell& cell) const {
  const FlowMap& map = explorer_.map();
  const FlowMap::Vertex* best = nullptr;
  std::size_t most = 0;
  const auto consider = [&](FlowMap::VertexId id, std::size_t flows) {
    if (!map.vertex(id).address || flows <= most) return;
    best = &map.vertex(id);
    most = flows;
  };
  if (const auto near = map.who({cell.flow, static_cast<Ttl>(cell.ttl - 1)})) {
    for (const auto& [next, flows] : map.vertex(*near).after) consider(next, flows);
  }
  if (best == nullptr) {
    for (const FlowMap::VertexId id : map.at(cell.ttl)) consider(id, map.vertex(id).flows.size());
  }
  return best == nullptr ? nullptr : &*best->address;
}

void MultipathEngine::Impl::handle_send_failure(int error_number, Instant now) {
  if (!last_) return;
  const Explorer::Ask ask = *std::exchange(last_, std::nullopt);
  out_.erase({ask.flow, ask.ttl});
  --result_.probes;
  ++result_.send_failures;
  result_.last_error = error_number;
  if (++failed_in_a_row_ >= kSendFailuresInARow) gave_up_ = true;
  held_.emplace(now + kSendAgainAfter, ask);
}

Verdict MultipathEngine::Impl::verify(const wire::DecodedPacket& packet, const Cell& cell, int attempt) const {
  return codec_.verify(packet, probe_of(cell, attempt), generation_of(attempt));
}

void MultipathEngine::Impl::handle_packet(std::span<const std::byte> bytes, Instant received) {
  const auto decoded = wire::decode_packet(bytes);
  std::optional<InvalidReason> reason;
  if (const auto* invalid = std::get_if<InvalidReason>(&decoded)) {
    reason = *invalid;
  } else {
    reason = read(std::get<wire::DecodedPacket>(decoded), received);
  }
  if (reason) ++result_.invalid[static_cast<std::size_t>(*reason)];
}

std::optional<InvalidReason> MultipathEngine::Impl::read(const wire::DecodedPacket& packet, Instant received) {
  const TraceClaims claims = codec_.claims(packet);
  InvalidReason reason = InvalidReason::not_ours;
  for (const TraceProbe& claim : claims.view()) {
    if (claim.destination != settings_.destination) continue;
    reason = InvalidReason::bad_tag;
    const auto flow = flow_of_.find(claim.flow.value);
    if (flow == flow_of_.end()) continue;
    const auto outcome = accept(packet, {flow->second, claim.ttl}, received);
    if (outcome != InvalidReason::bad_tag) return outcome;
  }
  return reason;
}

std::optional<InvalidReason> MultipathEngine::Impl::accept(const wire::DecodedPacket& packet, const Cell& cell,
                                                           Instant received) {
  const auto out = out_.find(cell);
  const auto concluded = concluded_.find(cell);
  int attempt = out != out_.end()               ? out->second.attempt
                : concluded != concluded_.end() ? concluded->second.attempts
                                                : 0;
  const int current = attempt;
  // A late answer to an earlier attempt tells as well who is there.
  Verdict verdict;
  while (attempt > 0 && (verdict = verify(packet, cell, attempt)).strength == Verdict::Strength::none) --attempt;
  if (attempt == 0) return InvalidReason::bad_tag;
  if (out == out_.end()) return concluded->second.answered ? InvalidReason::duplicate : InvalidReason::too_late;
  const Duration rtt = received - out->second.sent;
  if (attempt == current && !is_possible(rtt)) return InvalidReason::impossible;
  const IpAddress& from = packet.ip.source;
  if (attempt == current) {
    const auto [known, is_new] = rtts_.try_emplace({cell.ttl, from}, rtt);
    if (!is_new) known->second = std::min(known->second, rtt);
  }
  // An answer that was not foreseen has cost its router something too.
  if (const IpAddress* router = budget_ ? predicted_router(cell) : nullptr; budget_ && (!router || *router != from)) {
    budget_->take(from, received);
  }
  const bool ends = packet.kind != ReplyKind::time_exceeded;
  result_.reached = result_.reached || (ends && from == settings_.destination);
  if (verdict.strength == Verdict::Strength::weak) ++result_.weak;
  failed_in_a_row_ = 0;
  pace_[cell.ttl].answered();
  const Out probe = out->second;
  out_.erase(out);
  forget_answered();
  concluded_[cell] = {probe.attempt, true};
  explorer_.answer(cell.flow, cell.ttl, Explorer::Answer{from, ends});
  return std::nullopt;
}

bool MultipathEngine::Impl::others_answer(Ttl ttl) const {
  const auto& hop = explorer_.map().at(ttl);
  return std::any_of(hop.begin(), hop.end(),
                     [&](FlowMap::VertexId id) { return explorer_.map().vertex(id).address.has_value(); });
}

void MultipathEngine::Impl::handle_timeout(Instant now) {
  last_seen_ = std::max(last_seen_, now);
  forget_answered();
  for (; !timeouts_.empty() && timeouts_.front().second.sent + settings_.timeout <= now; forget_answered()) {
    const auto [cell, probe] = timeouts_.front();
    out_.erase(cell);
    concluded_[cell] = {probe.attempt, false};
    if (others_answer(cell.ttl)) pace_[cell.ttl].unanswered(probe.sent, now);
    explorer_.answer(cell.flow, cell.ttl, std::nullopt);
  }
}

// What is first in line for a timeout must be out: next_deadline() looks no further.
void MultipathEngine::Impl::forget_answered() {
  while (!timeouts_.empty()) {
    const auto& [cell, probe] = timeouts_.front();
    const auto out = out_.find(cell);
    if (out != out_.end() && out->second.number == probe.number) return;
    timeouts_.pop_front();
  }
}

Instant MultipathEngine::Impl::next_deadline() const {
  if (finished()) return Instant::max();
  if (last_seen_ == Instant::min()) return last_seen_;
  const Instant token = last_seen_ + bucket_.wait(last_seen_);
  Instant next = explorer_.idle() ? Instant::max() : token;
  if (!held_.empty()) next = std::min(next, std::max(token, held_.begin()->first));
  if (!timeouts_.empty()) next = std::min(next, timeouts_.front().second.sent + settings_.timeout);
  return next;
}

MultipathResult MultipathEngine::Impl::result(Timestamp wall) const {
  MultipathResult result = result_;
  result.source = settings_.source;
  result.destination = settings_.destination;
  result.protocol = settings_.protocol;
  result.algorithm = settings_.algorithm;
  result.failure_bound = settings_.failure_bound;
  result.vertex_bound = explorer_.vertex_bound();
  result.ended = wall;
  result.graph = make_graph(explorer_.map(), rtts_);
  result.flows = explorer_.map().flows();
  result.switched.assign(explorer_.switched().begin(), explorer_.switched().end());
  result.complete = finished() && !gave_up_ && explorer_.complete();
  result.loop = explorer_.map().found_loop();
  return result;
}

MultipathEngine::MultipathEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MultipathEngine::MultipathEngine(MultipathEngine&&) noexcept = default;
MultipathEngine& MultipathEngine::operator=(MultipathEngine&&) noexcept = default;
MultipathEngine::~MultipathEngine() = default;

Result<MultipathEngine> MultipathEngine::create(const MultipathSettings& settings, Timestamp wall) {
  if (const auto valid = check(settings); !valid) return valid.error();
  return MultipathEngine(std::make_unique<Impl>(settings, wall));
}

std::span<const std::byte> MultipathEngine::poll_packet(Instant now, std::span<std::byte, kMaxPacket> out) {
  return impl_->poll_packet(now, out);
}
void MultipathEngine::handle_send_failure(int error_number, Instant now) {
  impl_->handle_send_failure(error_number, now);
}
void MultipathEngine::handle_packet(std::span<const std::byte> bytes, Instant received) {
  impl_->handle_packet(bytes, received);
}
void MultipathEngine::handle_timeout(Instant now) { impl_->handle_timeout(now); }
Instant MultipathEngine::next_deadline() const { return impl_->next_deadline(); }
bool MultipathEngine::finished() const { return impl_->finished(); }
MultipathResult MultipathEngine::result(Timestamp wall) const { return impl_->result(wall); }

}  // namespace isthmus::probes
