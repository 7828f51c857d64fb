#include <algorithm>
#include <limits>
#include <string>
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
// The same for summing up targets. To look at a block costs as much as to sum up some of its ways.
constexpr std::size_t kWaysSummedAtOnce = 150'000;
constexpr std::size_t kWaysOfALook = 7;
// More blocks than are measured for one snapshot.
constexpr std::size_t kLargeTarget = 1'000;

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
  in_work_.reset();
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    TargetRecord& target = targets_[t];
    target.diversity_stale = true;
    target.diversity_rest = 0;
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
  const std::uint64_t most = diversity_.hops_measured() + kHopsMeasuredAtOnce;
  while (!unmeasured_.empty() && (effort == Effort::whatever_it_takes || diversity_.hops_measured() < most)) {
    measure_block(unmeasured_.front());
    unmeasured_.pop_front();
  }
  measure_targets(effort);
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

void Core::Impl::measure_targets(Effort effort) {
  const bool all = effort == Effort::whatever_it_takes;
  // What was begun is of an earlier time.
  if (all && in_work_) targets_[in_work_->target].diversity_stale = true;
  if (all) in_work_.reset();
  const std::uint64_t most = diversity_.hops_measured() + kHopsMeasuredAtOnce;
  std::size_t ways = all ? std::numeric_limits<std::size_t>::max() : kWaysSummedAtOnce;
  const auto go_on = [&] { return all || (ways > 0 && diversity_.hops_measured() < most); };
  // After a start most blocks of a large one are not measured yet, and a sum over the first few would mislead.
  const bool just_begun = !all && unmeasured_.size() > block_count_ / 2;
  // Whoever was left out comes first the next time.
  for (std::size_t i = 0; i < targets_.size() && go_on(); ++i) {
    if (!in_work_) {
      measured_next_ %= targets_.size();
      TargetRecord& next = targets_[measured_next_++];
      if (!next.diversity_stale || (just_begun && next.blocks.size() > kLargeTarget)) continue;
      if (next.diversity_rest > 0 && !all) {
        --next.diversity_rest;
        continue;
      }
      next.diversity_stale = false;
      in_work_.emplace(TargetInWork{.target = measured_next_ - 1, .next_block = 0, .measure = {}});
    }
    ways -= std::min(ways, go_on_measuring(ways));
  }
}

// Spends about `most`, in ways; less only when it got to the end.
std::size_t Core::Impl::go_on_measuring(std::size_t most) {
  TargetInWork& work = *in_work_;
  TargetRecord& target = targets_[work.target];
  std::size_t spent = 0;
  for (; work.next_block < target.blocks.size() && spent < most; spent += kWaysOfALook) {
    work.measure.add_block(target.blocks[work.next_block++].ways.measured());
  }
  if (work.next_block < target.blocks.size()) return spent;
  if (spent < most) spent += work.measure.sum_up(most - spent);
  if (!work.measure.done()) return spent;
  const std::uint64_t before = diversity_.hops_measured();
  const auto name_of = [this](Asn asn) { return std::string(data_->name_of(asn)); };
  target.diversity = std::make_shared<const TargetDiversity>(work.measure.result(diversity_, name_of));
  target.touched = true;
  // A target that is large takes its time again only once others had theirs.
  target.diversity_rest = (diversity_.hops_measured() - before + work.measure.ways()) / kHopsMeasuredAtOnce;
  in_work_.reset();
  return spent;
}

}  // namespace isthmus::resilience
