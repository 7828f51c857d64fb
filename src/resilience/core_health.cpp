#include <fmt/format.h>

#include <algorithm>

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

constexpr float kRttMemory = 0.05F;  // Weight of one round trip in what is usual: about 20 rounds.

std::string percent(double part) { return fmt::format("{:.0f} %", 100 * part); }

}  // namespace

// After every trace: a ping does not say which way it went, unless all flows of its vantage point agree. Those stand
// next to each other.
void Core::Impl::note_carriage(BlockId id, std::size_t vantage, const inference::Path& traced) {
  const TargetRecord& target = targets_[id.first];
  BlockRecord& block = targets_[id.first].blocks[id.second];
  const auto upstream_of = [](const inference::Path& path) {
    return path.last_hop.conclusive() ? *path.last_hop.upstream : Asn{};
  };
  const auto flows = std::ranges::equal_range(paths_.paths_of(*target.paths, block.block), traced.key.vantage, {},
                                              [](const inference::Path& path) { return path.key.vantage; });
  const Asn upstream = upstream_of(traced);
  const bool agree = std::ranges::all_of(flows, [&](const auto& path) { return upstream_of(path) == upstream; });
  block.carriages[vantage].upstream = agree ? upstream : Asn{};
}

void Core::Impl::note_probe(BlockId id, std::size_t vantage, const IpAddress& address, const PingOutcome& ping,
                            const Reply* answer) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  Carriage& carriage = block.carriages[vantage];
  const VantageRecord& from = vantages_[vantage];
  // An address that never answers, or has left, says nothing about the way there; neither does a block that is gone.
  const bool counts = from.trusted && ping.sent >= from.guard.trusted_since() && !carriage.upstream.is_none() &&
                      block.state.state == State::up && block.beliefs[vantage].opinion() == Opinion::up;
  std::optional<Duration> rtt;
  if (answer != nullptr) rtt = answer->rtt;
  const auto& addresses = block.beliefs[vantage].addresses();
  const auto known = addresses.find(address);
  const bool has_left = known != addresses.end() && known->second.dark;
  if (counts && !rtt && has_left) return;
  if (counts && !rtt) {
    vantages_[vantage].losses.push_back({.target = id.first, .upstream = carriage.upstream, .sent = ping.sent});
  } else if (counts) {
    const auto usual = carriage.usual_rtt
                           ? std::chrono::duration_cast<Duration>(std::chrono::duration<float>(*carriage.usual_rtt))
                           : rtt.value_or(Duration::zero());
    target.health.handle_probe(carriage.upstream, from.settings.asn, rtt, usual);
  }
  if (!rtt || target.health.is_strained(carriage.upstream)) return;
  const auto seconds = static_cast<float>(to_seconds(*rtt));
  carriage.usual_rtt =
      carriage.usual_rtt ? *carriage.usual_rtt + kRttMemory * (seconds - *carriage.usual_rtt) : seconds;
}

// A control has answered a probe that left after these were lost.
void Core::Impl::prove_losses(std::size_t vantage, Timestamp proof) {
  VantageRecord& record = vantages_[vantage];
  std::erase_if(record.losses, [&](const UnprovenLoss& loss) {
    if (loss.sent > proof) return false;
    targets_[loss.target].health.handle_probe(loss.upstream, record.settings.asn, std::nullopt, {});
    return true;
  });
}

void Core::Impl::review_health(Timestamp now) {
  if (!health_round_began_) health_round_began_ = now;
  if (now - *health_round_began_ < settings_.ping_interval) return;
  health_round_began_ = now;
  for (TargetRecord& target : targets_) {
    // While blocks are going or gone, loss is told of as such.
    if (!target.silent.empty()) {
      target.health.forget_window();
      continue;
    }
    for (const UpstreamHealth::Strain& strain : target.health.end_round()) announce_strain(target, strain, now);
    review_target(target, now);
  }
}

void Core::Impl::review_shares(Timestamp now) {
  if (!share_round_began_) share_round_began_ = now;
  if (now - *share_round_began_ < settings_.trace_interval) return;
  share_round_began_ = now;
  update_ledgers(now);
  for (TargetRecord& target : targets_) {
    const auto in = [&](State state) { return target.blocks_in[static_cast<std::size_t>(state)]; };
    // An outage moves shares as well, and is told of as such.
    if (in(State::down) + in(State::degraded) > 0 || !target.silent.empty()) continue;
    std::map<Asn, double> shares;
    for (const UpstreamView& upstream : target.ledger.upstreams()) shares[upstream.asn] = upstream.vantage.estimate;
    if (const auto shift = target.share_watch.handle_round(shares)) announce_shift(target, *shift, now);
  }
}

void Core::Impl::announce_strain(TargetRecord& target, const UpstreamHealth::Strain& strain, Timestamp now) {
  const std::string& name = target.settings.network.name;
  for (std::size_t b = 0; b < target.blocks.size(); ++b) {
    const auto& known = target.blocks[b].upstreams.upstreams();
    if (known.contains(strain.upstream)) touch({static_cast<std::size_t>(&target - targets_.data()), b}, Touch::paths);
  }
  if (!strain.begins) return;
  Event event;
  event.time = now;
  event.kind = EventKind::target_partial;
  event.upstream = strain.upstream;
  event.before = to_string(target.announced);
  event.after = to_string(State::degraded);
  event.evidence.summary = fmt::format("{} loses {} of the probes that go by it (usually {})",
                                       describe(strain.upstream), percent(strain.loss), percent(strain.usual_loss));
  if (strain.slower > Duration::zero()) {
    event.evidence.summary += fmt::format(", and the rest take {:.0f} ms longer", 1e3 * to_seconds(strain.slower));
  }
  event.evidence.summary += "; " + name + " still answers";
  std::string others;
  for (const auto& [asn, blocks] : target.carried_blocks) {
    if (!target.health.is_strained(asn)) others += (others.empty() ? "" : ", ") + describe(asn);
  }
  event.evidence.summary += others.empty() ? "." : ", and by " + others + " without such loss.";
  for (const VantageRecord& vantage : vantages_) {
    const bool sees = std::ranges::binary_search(strain.networks, vantage.settings.asn);
    if (sees && vantage.trusted) event.evidence.vantages.push_back(vantage.settings.name);
  }
  target.announced = State::degraded;
  raise(std::move(event), &target);
}

void Core::Impl::announce_shift(TargetRecord& target, const ShareWatch::Shift& shift, Timestamp now) {
  const auto list = [](const std::map<Asn, double>& shares) {
    std::string text;
    for (const auto& [asn, share] : shares)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", asn.number, percent(share));
    return text;
  };
  const auto share_in = [](const std::map<Asn, double>& shares, Asn asn) {
    const auto found = shares.find(asn);
    return found == shares.end() ? 0.0 : found->second;
  };
  Event event;
  event.time = now;
  event.kind = EventKind::share_shifted;
  event.upstream = shift.gainer;
  event.before = list(shift.before);
  event.after = list(shift.after);
  event.evidence.summary =
      fmt::format("{} carries {} of the paths that vantage points see to {} (before {}), {} carries {} (before {}).",
                  describe(shift.gainer), percent(share_in(shift.after, shift.gainer)), target.settings.network.name,
                  percent(share_in(shift.before, shift.gainer)), describe(shift.loser),
                  percent(share_in(shift.after, shift.loser)), percent(share_in(shift.before, shift.loser)));
  for (const VantageRecord& vantage : vantages_) {
    if (vantage.trusted) event.evidence.vantages.push_back(vantage.settings.name);
  }
  raise(std::move(event), &target);
}

}  // namespace isthmus::resilience
