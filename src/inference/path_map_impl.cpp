#include "inference/path_map_impl.hpp"

#include <algorithm>

namespace isthmus::inference {
namespace {

// Hops before the target whose numbering the rules look into.
constexpr std::size_t kTail = 3;

// Another trace that ended in the same way behind the same router.
bool repeats(const LastHop& before, StopReason stop_before, const LastHop& now, StopReason stop) {
  return before.router == now.router && before.reached == now.reached && stop_before == stop;
}

// Whether the path was in this hop's network before, and in another one in between.
bool returns(const SeenPath& path, std::size_t hop, const InterfaceTable& interfaces) {
  const Asn owner = interfaces.at(path.steps[hop].interface).owner;
  if (owner.is_none()) return false;
  bool left = false;
  for (std::size_t i = hop; i-- > 0;) {
    const Asn other = interfaces.at(path.steps[i].interface).owner;
    if (other == owner) return left;
    left = left || !other.is_none();
  }
  return false;
}

std::string place_of(const Interface& interface, const ip2as::NetworkData& data) {
  switch (interface.kind) {
    case ip2as::AddressKind::special: return "private";
    case ip2as::AddressKind::exchange: return "exchange " + std::string(data.exchanges.name(interface.exchange));
    case ip2as::AddressKind::registered: return "registered";
    case ip2as::AddressKind::overridden: return "override";
    case ip2as::AddressKind::unknown: return "unmapped";
    case ip2as::AddressKind::announced: return "";
  }
  return "";
}

}  // namespace

TargetId PathMap::Impl::add_target(const TargetNetwork& network) {
  std::vector<TargetId>& alike = target_ids_[{network.name, network.asn}];
  for (const TargetId id : alike) {
    if (targets[id].target.network() == network) return id;
  }
  const auto id = static_cast<TargetId>(targets.size());
  targets.push_back({Target(network, *data_), {}});
  alike.push_back(id);
  return id;
}

void PathMap::Impl::set_target(TargetId target, const TargetNetwork& network) {
  Target& known = targets[target].target;
  std::erase(target_ids_[{known.network().name, known.network().asn}], target);
  target_ids_[{network.name, network.asn}].push_back(target);
  for (BlockPaths& block : blocks) {
    for (std::size_t i = 0; block.target == target && i < block.paths.size(); ++i) {
      testify(block, i, Asn{});
      count(block.seen[i], known, false);
    }
  }
  known = Target(network, *data_);
  for (BlockPaths& block : blocks) {
    if (block.target != target) continue;
    for (SeenPath& seen : block.seen) {
      seen.boundary = find_boundary(seen, known, interfaces_);
      count(seen, known, true);
    }
    for (std::size_t i = 0; i < block.paths.size(); ++i) conclude(block, i, draft(block, i));
  }
}

void PathMap::Impl::retain_targets(std::span<const TargetId> kept) {
  for (BlockPaths& block : blocks) {
    if (std::ranges::find(kept, block.target) == kept.end()) clear(block);
  }
}

VantageId PathMap::Impl::add_vantage(const std::string& name, Asn asn) {
  const auto found = vantage_ids_.find(name);
  if (found != vantage_ids_.end()) {
    if (!asn.is_none()) vantages[found->second].asn = asn;
    return found->second;
  }
  const auto id = static_cast<VantageId>(vantages.size());
  vantages.push_back({name, asn});
  vantage_ids_.emplace(name, id);
  return id;
}

// Numbers above all AS numbers for those whose AS is not known.
WitnessId PathMap::Impl::witness_of(VantageId vantage) const {
  const Asn asn = vantages[vantage].asn;
  return asn.is_none() ? (WitnessId{1} << 32) + vantage : asn.number;
}

BlockPaths& PathMap::Impl::block_of(TargetId target, const Block& block) {
  const auto [entry, is_new] = block_ids_.try_emplace({target, block}, static_cast<std::uint32_t>(blocks.size()));
  if (is_new) blocks.push_back({.target = target, .block = block});
  return blocks[entry->second];
}

const BlockPaths* PathMap::Impl::find(TargetId target, const Block& block) const {
  const auto found = block_ids_.find({target, block});
  return found == block_ids_.end() ? nullptr : &blocks[found->second];
}

void PathMap::Impl::count(const SeenPath& path, const Target& target, bool in) {
  const auto change = [in](AsnTally& tally, Asn asn) {
    if (asn.is_none()) return;
    in ? tally.add(asn) : tally.remove(asn);
  };
  const Boundary& boundary = path.boundary;
  for (std::size_t i = 0; i < boundary.first_own; ++i) {
    Interface& here = interfaces_.at(path.steps[i].interface);
    here.traces += in ? 1U : std::uint32_t(-1);
    change(here.targets, target.asn());
    if (i + kTail >= boundary.first_own && returns(path, i, interfaces_)) here.detours += in ? 1U : std::uint32_t(-1);
    if (i + 1 == path.steps.size() || path.steps[i + 1].ttl != path.steps[i].ttl + 1) continue;
    Interface& next = interfaces_.at(path.steps[i + 1].interface);
    if (i + 1 == boundary.first_own) {
      change(here.behind, target.asn());
    } else {
      change(here.behind, next.owner);
      change(next.before, here.owner);
    }
  }
}

void PathMap::Impl::testify(BlockPaths& block, std::size_t path, Asn upstream) {
  if (block.testimony[path] == upstream) return;
  Witnesses& witnesses = targets[block.target].witnesses;
  const WitnessId witness = witness_of(block.paths[path].key.vantage);
  if (!block.testimony[path].is_none()) witnesses.remove(block.testimony[path], witness);
  if (!upstream.is_none()) witnesses.add(upstream, witness);
  block.testimony[path] = upstream;
}

PathMap::Impl::Draft PathMap::Impl::draft(BlockPaths& block, std::size_t path) {
  const TargetRecord& record = targets[block.target];
  const Verdict verdict = apply_rules(block.seen[path], record.target, interfaces_, *data_);
  testify(block, path, verdict.rule == Rule::adjacent ? *verdict.upstream : Asn{});
  Draft draft{.hop = {.upstream = verdict.upstream, .rule = verdict.rule, .reached = verdict.reached},
              .clues = verdict.clues};
  draft.hop.gap = static_cast<std::uint8_t>(std::clamp(verdict.gap, 0, 255));
  if (verdict.router) draft.hop.router = interfaces_.at(*verdict.router).address;
  return draft;
}

void PathMap::Impl::conclude(BlockPaths& block, std::size_t path, const Draft& draft) {
  LastHop& hop = block.paths[path].last_hop;
  hop = draft.hop;
  hop.clues = draft.clues;
  if (!hop.upstream) return;
  // A block that can be reached has no closed door: what is turned away there meets an outage, or a route that changes.
  const bool turned_away = hop.rule == Rule::refused || hop.rule == Rule::looped;
  if (turned_away && block.ever_reached) {
    hop.rule = hop.rule == Rule::refused ? Rule::unreachable : Rule::broken;
    hop.upstream.reset();
    return;
  }
  if (has_silent_border(block, path)) hop.rule = Rule::silent;
  const WitnessId witness = witness_of(block.paths[path].key.vantage);
  hop.clues.set(Clue::confirmed, targets[block.target].witnesses.has_other(*hop.upstream, witness));
  hop.probability = probability_of(hop.rule, hop.clues);
  // A trace that merely died somewhere is a hint, however likely, and never counted.
  hop.confidence = hop.rule == Rule::unreached ? Confidence::c : confidence_of(hop.probability);
}

PathMap::Update PathMap::Impl::update(const Trace& trace, Keep keep, TargetId target) {
  const PathKey key{.vantage = add_vantage(trace.vantage, {}), .address = trace.destination, .flow = trace.flow};
  BlockPaths& block = block_of(target, Block::of(trace.destination));
  const std::size_t at = block.find(key);
  const bool is_new = !block.holds(at, key);
  if (!is_new && trace.started <= block.paths[at].started) {
    return {.path = nullptr, .earlier = {}, .repeated = trace.started == block.paths[at].started};
  }
  if (is_new) {
    block.insert(at, key);
    ++path_count;
  }
  const Target& network = targets[target].target;
  if (!is_new) count(block.seen[at], network, false);
  const SeenPath seen_before = std::move(block.seen[at]);
  block.seen[at] = read_path(trace, interfaces_);
  block.seen[at].boundary = find_boundary(block.seen[at], network, interfaces_);
  count(block.seen[at], network, true);

  Update result;
  Path& path = block.paths[at];
  const LastHop before = path.last_hop;
  const Draft now = draft(block, at);
  if (!is_new) path.repeats = repeats(before, seen_before.stop, now.hop, trace.stop) ? path.repeats + 1 : 1;
  block.ever_reached = block.ever_reached || now.hop.reached;
  conclude(block, at, now);
  if (!is_new) {
    result.earlier = before;
    result.same_hops = seen_before == block.seen[at];
    const bool same = path.last_hop.conclusive() && path.last_hop.upstream == before.upstream;
    if (before.conclusive() && !same) path.before = path.trace;
  }
  path.answered = trace.stop == StopReason::reached;
  path.started = trace.started;
  path.time = trace.ended;
  path.trace = keep == Keep::traces ? PackedTrace(trace) : PackedTrace{};
  result.path = &path;
  return result;
}

std::size_t PathMap::Impl::settle(std::size_t paths,
                                  const std::function<void(TargetId, const Block&, const Path&)>& changed) {
  const std::size_t wanted = std::min(paths, path_count);
  std::size_t done = 0;
  while (done < wanted) {
    if (settled_block_ >= blocks.size()) settled_block_ = 0;
    BlockPaths& block = blocks[settled_block_];
    if (settled_path_ >= block.paths.size()) {
      ++settled_block_;
      settled_path_ = 0;
      continue;
    }
    Path& path = block.paths[settled_path_];
    const LastHop before = path.last_hop;
    conclude(block, settled_path_, draft(block, settled_path_));
    ++settled_path_;
    ++done;
    if (changed && path.last_hop != before) changed(block.target, block.block, path);
  }
  return done;
}

void PathMap::Impl::withdraw(BlockPaths& block, std::size_t path) {
  testify(block, path, Asn{});
  count(block.seen[path], targets[block.target].target, false);
  block.erase(path);
  --path_count;
}

void PathMap::Impl::clear(BlockPaths& block) {
  for (std::size_t i = block.paths.size(); i-- > 0;) withdraw(block, i);
  block.ever_reached = false;
}

void PathMap::Impl::erase_if(TargetId target, const Block& block, const std::function<bool(const Path&)>& gone) {
  const auto found = block_ids_.find({target, block});
  if (found == block_ids_.end()) return;
  BlockPaths& paths = blocks[found->second];
  for (std::size_t i = paths.paths.size(); i-- > 0;) {
    if (gone(paths.paths[i])) withdraw(paths, i);
  }
}

void PathMap::Impl::erase_block(TargetId target, const Block& block) {
  const auto found = block_ids_.find({target, block});
  if (found != block_ids_.end()) clear(blocks[found->second]);
}

void PathMap::Impl::set_data(std::shared_ptr<const ip2as::NetworkData> data) {
  interfaces_.set_data(*data);
  for (TargetRecord& record : targets) record = {Target(record.target.network(), *data), {}};
  data_ = std::move(data);
  for (BlockPaths& block : blocks) {
    std::ranges::fill(block.testimony, Asn{});
    const Target& target = targets[block.target].target;
    for (SeenPath& seen : block.seen) {
      seen.boundary = find_boundary(seen, target, interfaces_);
      count(seen, target, true);
    }
  }
  settle(path_count, {});
}

std::vector<HopView> PathMap::Impl::hops_of(const BlockPaths& block, std::size_t path) const {
  const SeenPath& seen = block.seen[path];
  std::vector<HopView> hops;
  for (std::size_t i = 0; i < seen.steps.size(); ++i) {
    const Interface& interface = interfaces_.at(seen.steps[i].interface);
    hops.push_back({.ttl = seen.steps[i].ttl,
                    .address = interface.address,
                    .owner = interface.owner,
                    .operator_asn = operator_of(interface, data_->relationships),
                    .place = place_of(interface, *data_),
                    .own = i >= seen.boundary.first_own});
  }
  return hops;
}

}  // namespace isthmus::inference
