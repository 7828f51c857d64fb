// What the store keeps: paths that have become others, and what of the baseline is different from what is stored.

#include <algorithm>
#include <boost/container_hash/hash.hpp>
#include <utility>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

// What drifts with every observation is told of every block once in so long.
constexpr Duration kDriftInterval = std::chrono::minutes(15);
constexpr Duration kFlowMemory = std::chrono::hours(24);

std::int64_t count_of(Timestamp time) { return time.time_since_epoch().count(); }

// Equal for two traces that answered alike and were read alike.
std::uint64_t fingerprint_of(const inference::Path& path, const Trace& trace) {
  std::size_t seed = path.last_hop.conclusive() ? path.last_hop.upstream->number : 0;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    boost::hash_combine(seed, reply == nullptr ? 0 : std::hash<IpAddress>{}(reply->from));
  }
  return seed;
}

PathLog::Sight sight_of(const inference::Path& path, const Trace& trace, const TargetSettings& target,
                        const ip2as::NetworkData& data) {
  PathLog::Sight sight;
  PathSummary& summary = sight.summary;
  summary.router = path.last_hop.router;
  summary.confidence = path.last_hop.confidence;
  if (path.last_hop.conclusive()) summary.upstream = *path.last_hop.upstream;
  bool silent = false;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    if (reply == nullptr) {
      silent = true;
      continue;
    }
    // Silence behind the last answer is how paths end, not a hole in them.
    if (silent) sight.complete = false;
    const Asn asn = ip2as::annotate(data, reply->from).asn;
    if (asn == target.network.asn || reply->from == trace.destination) break;
    if (!asn.is_none() && (summary.as_path.empty() || summary.as_path.back() != asn)) summary.as_path.push_back(asn);
  }
  return sight;
}

std::uint64_t fingerprint_of(const std::map<EventKind, std::uint64_t>& events,
                             std::initializer_list<std::int64_t> more) {
  std::size_t seed = 0;
  for (const auto value : more) boost::hash_combine(seed, value);
  for (const auto& [kind, count] : events) {
    boost::hash_combine(seed, static_cast<int>(kind));
    boost::hash_combine(seed, count);
  }
  return seed;
}

// Without the blocks.
std::uint64_t fingerprint_of(const TargetMemory& memory) {
  return fingerprint_of(memory.events, {static_cast<std::int64_t>(memory.state), count_of(memory.since),
                                        static_cast<std::int64_t>(memory.redundancy)});
}

std::uint64_t fingerprint_of(const VantageMemory& memory) {
  return fingerprint_of(memory.events, {static_cast<std::int64_t>(memory.state), count_of(memory.since)});
}

// Of what its memory holds as facts: rates and latest sightings drift. Without building that memory, since a trace may
// be all that has happened.
std::uint64_t fingerprint_of(const BlockRecord& block, bool learned) {
  std::size_t seed = 0;
  for (const auto value :
       {static_cast<std::int64_t>(block.state.known), count_of(block.state.known_since),
        std::int64_t{block.announced_down}, std::int64_t{learned}, static_cast<std::int64_t>(block.redundancy)}) {
    boost::hash_combine(seed, value);
  }
  for (const auto& [asn, upstream] : block.upstreams.upstreams()) {
    if (!learned || upstream.standing == UpstreamTracker::Standing::candidate) continue;
    boost::hash_combine(seed, asn.number);
    boost::hash_combine(seed, upstream.standing == UpstreamTracker::Standing::lost);
    boost::hash_combine(seed, count_of(upstream.first_seen));
  }
  for (std::size_t v = 0; v < block.beliefs.size(); ++v) {
    for (const auto& [address, record] : block.beliefs[v].addresses()) {
      boost::hash_combine(seed, v);
      boost::hash_combine(seed, std::hash<IpAddress>{}(address));
    }
  }
  return seed;
}

}  // namespace

void Core::Impl::log_path(BlockId id, std::size_t vantage, const inference::Path& path, const Trace& trace) {
  const TargetRecord& target = targets_[id.first];
  const PathLog::Flow flow{
      .target = *target.paths, .vantage = path.key.vantage, .address = path.key.address, .flow = path.key.flow};
  auto change = path_log_.handle_trace(flow, fingerprint_of(path, trace), trace.ended,
                                       [&] { return sight_of(path, trace, target.settings, *data_); });
  const std::string& name = target.settings.network.name;
  if (!change || !path_log_.admit(name, change->since)) return;
  path_changes_.push_back({.time = change->since,
                           .target = name,
                           .block = target.blocks[id.second].block,
                           .vantage = vantages_[vantage].settings.name,
                           .address = path.key.address,
                           .flow = path.key.flow,
                           .before = std::move(change->before),
                           .after = std::move(change->after)});
}

PathChanges Core::Impl::poll_path_changes() {
  if (last_call_ && *last_call_ >= flows_forgotten_ + kFlowMemory) {
    flows_forgotten_ = *last_call_;
    path_log_.forget_before(*last_call_ - kFlowMemory);
  }
  return {.kept = std::exchange(path_changes_, {}), .left_out = path_log_.poll_left_out()};
}

void Core::Impl::mark_unsaved(BlockId id) {
  SavedMark& mark = targets_[id.first].blocks[id.second].saved;
  if (std::exchange(mark.unsaved, true)) return;
  unsaved_.push_back(id);
}

// The indices of blocks and targets have changed.
void Core::Impl::recount_unsaved() {
  unsaved_.clear();
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    for (std::size_t b = 0; b < targets_[t].blocks.size(); ++b) {
      if (targets_[t].blocks[b].saved.unsaved) unsaved_.emplace_back(t, b);
    }
  }
}

// Remembers what is now told of the block; false when that is what was told before.
bool Core::Impl::has_new_facts(BlockRecord& block) const {
  const bool learned = block.upstreams.learned(last_call_.value_or(Timestamp{}));
  const std::uint64_t facts = fingerprint_of(block, learned);
  return std::exchange(block.saved.facts, facts) != facts;
}

// Blocks whose turn it is to have their drift written, going around all of them.
void Core::Impl::add_drifting(Timestamp now, bool all, std::vector<std::set<std::size_t>>& due) {
  std::size_t total = 0;
  for (const TargetRecord& target : targets_) total += target.blocks.size();
  const double part = drift_polled_ ? to_seconds(now - *drift_polled_) / to_seconds(kDriftInterval) : 0;
  drift_polled_ = now;
  drift_owed_ = all ? static_cast<double>(total)
                    : std::min(drift_owed_ + part * static_cast<double>(total), static_cast<double>(total));
  for (; drift_owed_ >= 1; drift_owed_ -= 1) {
    BlockId& at = drift_next_;
    // Past the end of a target or of all of them, also when a reload made them fewer.
    while (at.first >= targets_.size() || at.second >= targets_[at.first].blocks.size()) {
      at = at.first + 1 < targets_.size() ? BlockId{at.first + 1, 0} : BlockId{0, 0};
      if (total == 0) return;
    }
    due[at.first].insert(at.second++);
  }
}

BaselineChanges Core::Impl::poll_baseline(Timestamp now, bool drift) {
  BaselineChanges changes = std::exchange(removed_, {});
  std::vector<std::set<std::size_t>> due(targets_.size());
  for (const auto& [target, block] : std::exchange(unsaved_, {})) {
    targets_[target].blocks[block].saved.unsaved = false;
    if (has_new_facts(targets_[target].blocks[block])) due[target].insert(block);
  }
  add_drifting(now, drift, due);
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    TargetMemory memory = target_memory_of(targets_[t]);
    const std::uint64_t facts = fingerprint_of(memory);
    if (std::exchange(targets_[t].saved_facts, facts) == facts && due[t].empty()) continue;
    memory.blocks.reserve(due[t].size());
    for (const std::size_t block : due[t]) memory.blocks.push_back(block_memory_of(targets_[t].blocks[block]));
    changes.targets.push_back(std::move(memory));
  }
  for (VantageRecord& vantage : vantages_) {
    VantageMemory memory = memory_of(vantage);
    const std::uint64_t facts = fingerprint_of(memory);
    if (std::exchange(vantage.saved_facts, facts) != facts) changes.vantages.push_back(std::move(memory));
  }
  return changes;
}

void Core::Impl::forget_polled_baseline() {
  for (VantageRecord& vantage : vantages_) vantage.saved_facts.reset();
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    targets_[t].saved_facts.reset();
    for (std::size_t b = 0; b < targets_[t].blocks.size(); ++b) {
      targets_[t].blocks[b].saved.facts.reset();
      mark_unsaved({t, b});
    }
  }
}

// What was restored is what is stored.
void Core::Impl::mark_restored(const Baseline& restored) {
  for (const VantageMemory& memory : restored.vantages) {
    const auto found = vantage_index_.find(memory.name);
    if (found == vantage_index_.end()) {
      removed_.removed_vantages.push_back(memory.name);
    } else {
      vantages_[found->second].saved_facts = fingerprint_of(memory);
    }
  }
  for (const TargetMemory& memory : restored.targets) {
    const auto found = target_index_.find(memory.name);
    if (found == target_index_.end()) {
      removed_.removed_targets.push_back(memory.name);
      continue;
    }
    TargetRecord& target = targets_[found->second];
    target.saved_facts = fingerprint_of(memory);
    for (const BlockMemory& known : memory.blocks) {
      const auto block = target.block_index.find(known.block);
      if (block == target.block_index.end()) {
        removed_.removed_blocks.emplace_back(memory.name, known.block);
      } else {
        static_cast<void>(has_new_facts(target.blocks[block->second]));
      }
    }
  }
}

}  // namespace isthmus::resilience
