#include "isthmus/inference/path_map.hpp"

#include <cstddef>
#include <utility>

namespace isthmus::inference {
namespace {

constexpr std::uint32_t kSilentTraces = 3;
constexpr std::size_t kSilentFlows = 2;

// Another trace that ended in the same way behind the same router.
bool repeats(const Path& path, const LastHop& now, StopReason stop) {
  return path.last_hop.router == now.router && path.last_hop.reached == now.reached && path.trace->stop == stop;
}

// A refused or looping trace names no upstream, so it is not among them.
bool died_in_silence(const Path& path) {
  return !path.last_hop.reached && path.last_hop.upstream && path.last_hop.router;
}

}  // namespace

PathMap::Update PathMap::update(std::shared_ptr<const Trace> trace, const TargetNetwork& target,
                                const ip2as::PrefixTable& prefixes) {
  BlockPaths& block = blocks_[Block::of(trace->destination)];
  const PathKey key{.vantage = trace->vantage, .address = trace->destination, .flow = trace->flow};
  Update result;
  const auto [entry, is_new] = block.paths.try_emplace(key);
  Path& path = entry->second;
  if (!is_new && trace->started <= path.trace->started) return result;

  const LastHop now = infer_last_hop(*trace, target, prefixes);
  if (!is_new) {
    result.earlier = path.last_hop;
    path.repeats = repeats(path, now, trace->stop) ? path.repeats + 1 : 1;
    const bool same = now.conclusive() && now.upstream == path.last_hop.upstream;
    if (path.last_hop.conclusive() && !same) path.before = path.trace;
  }
  path.last_hop = now;
  path.time = trace->ended;
  path.trace = std::move(trace);
  block.ever_reached = block.ever_reached || now.reached;
  apply_silent_rule(block, path);
  result.path = &path;
  return result;
}

void PathMap::apply_silent_rule(const BlockPaths& block, Path& path) {
  if (block.ever_reached || !died_in_silence(path)) return;
  std::uint32_t traces = path.repeats;
  std::size_t flows = 1;
  for (const auto& [key, other] : block.paths) {
    if (&other == &path || !died_in_silence(other) || other.last_hop.router != path.last_hop.router) continue;
    traces += other.repeats;
    ++flows;
  }
  if (traces < kSilentTraces || flows < kSilentFlows) return;
  path.last_hop.rule = rule::kSilent;
  path.last_hop.confidence = Confidence::b;
}

const PathMap::Paths& PathMap::paths_of(const Block& block) const {
  static const Paths kNone;
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? kNone : found->second.paths;
}

void PathMap::erase_if(const Block& block, const std::function<bool(const PathKey&, const Path&)>& gone) {
  const auto found = blocks_.find(block);
  if (found == blocks_.end()) return;
  std::erase_if(found->second.paths, [&](const auto& entry) { return gone(entry.first, entry.second); });
}

void PathMap::erase_block(const Block& block) { blocks_.erase(block); }

}  // namespace isthmus::inference
