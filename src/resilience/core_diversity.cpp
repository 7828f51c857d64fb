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

// A snapshot that is published every second must not wait for a hundred thousand blocks at once: so much takes some ten
// milliseconds, the rest follows with the next ones. A few hundred blocks are measured whole each time.
constexpr std::uint64_t kHopsMeasuredAtOnce = 20'000;

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
  if (!path.last_hop.conclusive()) return ways_.intern({.vantage = vantage, .target = own});
  const auto hops = paths_.hops_of(*target.paths, block.block, path.key);
  return ways_.intern(resilience::way_of(
      {.vantage = vantage, .target = own, .destination = path.key.address, .hops = hops}, path.last_hop, vantage));
}

void Core::Impl::note_way(TargetRecord& target, BlockRecord& block, const inference::PathMap::Update& update) {
  const inference::Path& path = *update.path;
  const bool quiet = shows_the_same(update) && path.repeats % kLookAgainAfter != 0;
  if (quiet && block.ways.has(path.key)) return;
  if (block.ways.note(path.key, way_of(target, block, path))) target.diversity_stale = true;
}

void Core::Impl::read_ways(TargetRecord& target, bool anew) {
  for (BlockRecord& block : target.blocks) {
    if (anew) block.ways.clear();
    if (!block.ways.empty()) continue;
    for (const inference::Path& path : paths_.paths_of(*target.paths, block.block)) {
      block.ways.note(path.key, way_of(target, block, path));
    }
  }
  target.diversity_stale = true;
}

void Core::Impl::measure_diversity(Effort effort) {
  const std::uint64_t most = diversity_.hops_measured() + kHopsMeasuredAtOnce;
  const auto go_on = [&] { return effort == Effort::whatever_it_takes || diversity_.hops_measured() < most; };
  // Whoever was left out comes first the next time.
  for (std::size_t i = 0; i < targets_.size() && go_on(); ++i) {
    measured_next_ %= targets_.size();
    TargetRecord& target = targets_[measured_next_];
    if (target.diversity_stale && !measure_target(target, go_on)) break;
    ++measured_next_;
  }
  diversity_.tidy();
  ways_.tidy();
}

bool Core::Impl::measure_target(TargetRecord& target, const std::function<bool()>& go_on) {
  const auto number = static_cast<std::size_t>(&target - targets_.data());
  std::vector<AlikeBlocks> alike;
  std::unordered_map<const BlockWays*, std::size_t> places;
  for (std::size_t b = 0; b < target.blocks.size(); ++b) {
    SeenWays& seen = target.blocks[b].ways;
    if (seen.stale() && !go_on()) return false;
    const auto before = seen.measured();
    const auto& ways = seen.measure(diversity_);
    if (ways != before) touch({number, b}, Touch::paths);
    if (ways == nullptr) continue;
    const auto [place, is_new] = places.try_emplace(ways.get(), alike.size());
    if (is_new) alike.push_back({ways, 0});
    ++alike[place->second].blocks;
  }
  target.diversity_stale = false;
  target.touched = true;
  const auto name_of = [this](Asn asn) { return std::string(data_->name_of(asn)); };
  target.diversity = std::make_shared<const TargetDiversity>(diversity_.measure_target(alike, name_of));
  return true;
}

}  // namespace isthmus::resilience
