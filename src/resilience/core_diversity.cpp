#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

// Who runs a hop may come out differently once more is known around it, also when the path itself stays.
constexpr std::uint32_t kLookAgainAfter = 16;

// A snapshot that is published every second must not wait for a hundred thousand blocks at once: so much takes some
// milliseconds, the rest follows with the next ones. A few hundred blocks are measured whole each time.
constexpr std::uint64_t kHopsMeasuredAtOnce = 14'000;

bool shows_the_same(const inference::PathMap::Update& update) {
  const inference::LastHop& now = update.path->last_hop;
  return update.same_hops && now.conclusive() && update.earlier && update.earlier->conclusive() &&
         update.earlier->upstream == now.upstream;
}

}  // namespace

std::shared_ptr<const Way> Core::Impl::way_of(const TargetRecord& target, const BlockRecord& block,
                                              const inference::Path& path) {
  const Asn vantage = paths_.asn_of(path.key.vantage);
  const Asn own = target.settings.network.asn;
  if (!path.last_hop.conclusive()) return ways_.intern({.vantage = vantage, .target = own, .ases = {}, .routers = {}});
  const auto hops = paths_.hops_of(*target.paths, block.block, path.key);
  return ways_.intern(resilience::way_of(
      {.vantage = vantage, .target = own, .destination = path.key.address, .hops = hops}, path.last_hop, vantage));
}

void Core::Impl::note_way(BlockId id, const inference::PathMap::Update& update) {
  const TargetRecord& target = targets_[id.first];
  BlockRecord& block = targets_[id.first].blocks[id.second];
  const inference::Path& path = *update.path;
  const bool quiet = shows_the_same(update) && path.repeats % kLookAgainAfter != 0;
  if (quiet && block.ways.has(path.key)) return;
  const bool waits = block.ways.stale();
  if (block.ways.note(path.key, way_of(target, block, path)) && !waits) unmeasured_.push_back(id);
}

void Core::Impl::forget_way(BlockId id, const inference::PathKey& key) {
  SeenWays& ways = targets_[id.first].blocks[id.second].ways;
  const bool waits = ways.stale();
  if (ways.forget(key) && !waits) unmeasured_.push_back(id);
}

void Core::Impl::read_ways(bool anew) {
  unmeasured_.clear();
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    TargetRecord& target = targets_[t];
    target.diversity_stale = true;
    for (std::size_t b = 0; b < target.blocks.size(); ++b) {
      BlockRecord& block = target.blocks[b];
      if (anew) block.ways.clear();
      unmeasured_.emplace_back(t, b);
      if (!block.ways.empty()) continue;
      for (const inference::Path& path : paths_.paths_of(*target.paths, block.block)) {
        block.ways.note(path.key, way_of(target, block, path));
      }
    }
  }
}

void Core::Impl::measure_diversity(Effort effort) {
  std::uint64_t most = diversity_.hops_measured() + kHopsMeasuredAtOnce;
  const auto go_on = [&] { return effort == Effort::whatever_it_takes || diversity_.hops_measured() < most; };
  while (!unmeasured_.empty() && go_on()) {
    measure_block(unmeasured_.front());
    unmeasured_.pop_front();
  }
  most = diversity_.hops_measured() + kHopsMeasuredAtOnce;
  // Whoever was left out comes first the next time.
  for (std::size_t i = 0; i < targets_.size() && go_on(); ++i) {
    measured_next_ %= targets_.size();
    TargetRecord& target = targets_[measured_next_++];
    if (!target.diversity_stale) continue;
    if (target.diversity_rest > 0 && effort == Effort::little) {
      --target.diversity_rest;
    } else {
      measure_target(target);
    }
  }
  diversity_.tidy();
  ways_.tidy();
}

void Core::Impl::measure_block(BlockId id) {
  SeenWays& seen = targets_[id.first].blocks[id.second].ways;
  const auto before = seen.measured();
  if (seen.measure(diversity_) == before) return;
  touch(id, Touch::paths);
  targets_[id.first].diversity_stale = true;
}

void Core::Impl::measure_target(TargetRecord& target) {
  const std::uint64_t before = diversity_.hops_measured();
  std::vector<AlikeBlocks> alike;
  std::unordered_map<const BlockWays*, std::size_t> places;
  for (const BlockRecord& block : target.blocks) {
    const auto& ways = block.ways.measured();
    if (ways == nullptr) continue;
    const auto [place, is_new] = places.try_emplace(ways.get(), alike.size());
    if (is_new) alike.push_back({ways, 0});
    ++alike[place->second].blocks;
  }
  const auto name_of = [this](Asn asn) { return std::string(data_->name_of(asn)); };
  target.diversity = std::make_shared<const TargetDiversity>(diversity_.measure_target(alike, name_of));
  target.diversity_stale = false;
  target.touched = true;
  // A target that is large takes its time again only once others had theirs.
  target.diversity_rest = (diversity_.hops_measured() - before) / kHopsMeasuredAtOnce;
}

}  // namespace isthmus::resilience
