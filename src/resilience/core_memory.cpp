#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

void fill_counters(std::map<EventKind, std::uint64_t>& counters, bool of_vantage) {
  for (const EventKind kind : kEventKinds) {
    const bool about_vantage = kind == EventKind::vantage_invalid || kind == EventKind::vantage_valid;
    if (about_vantage == of_vantage || !of_vantage) counters.try_emplace(kind, 0);
  }
}

// Where the new i-th item was before, by what identifies it.
template <typename Old, typename New, typename OldKey, typename NewKey>
std::vector<std::optional<std::size_t>> origins(const Old& old_items, const New& new_items, OldKey old_key,
                                                NewKey new_key) {
  std::vector<std::optional<std::size_t>> from(new_items.size());
  for (std::size_t i = 0; i < new_items.size(); ++i) {
    for (std::size_t j = 0; j < old_items.size(); ++j) {
      if (old_key(old_items[j]) == new_key(new_items[i])) from[i] = j;
    }
  }
  return from;
}

// A new target has no items yet, although the vantage points that they are indexed by are old.
template <typename T>
void take_over(std::vector<T>& items, const std::vector<std::optional<std::size_t>>& from) {
  std::vector<T> moved(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] && *from[i] < items.size()) moved[i] = std::move(items[*from[i]]);
  }
  items = std::move(moved);
}

}  // namespace

void Core::Impl::reconfigure(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data) {
  adopt_settings(std::move(settings), std::move(data));
  reconfigured_ = true;
}

// Also the way in which a new core gets its first settings: then nothing continues.
void Core::Impl::adopt_settings(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data) {
  settings_ = std::move(settings);
  bool read_anew = data != data_;
  if (read_anew) {
    data_ = std::move(data);
    paths_.set_data(data_);
  }
  const auto vantage_from = origins(
      vantages_, settings_.vantages, [](const VantageRecord& v) { return v.settings.name; },
      [](const VantageSettings& v) { return v.name; });
  for (const VantageRecord& vantage : vantages_) {
    const auto same = [&](const VantageSettings& v) { return v.name == vantage.settings.name; };
    if (std::ranges::none_of(settings_.vantages, same)) removed_.removed_vantages.push_back(vantage.settings.name);
  }
  take_over(vantages_, vantage_from);
  vantage_index_.clear();
  vantage_of_path_.clear();
  touched_.clear();
  learning_.clear();
  context_ = UpstreamContext{};
  context_.trace_interval = settings_.sentinel_interval.value_or(settings_.trace_interval);
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    VantageRecord& vantage = vantages_[v];
    read_anew = read_anew || vantage.settings.asn != settings_.vantages[v].asn;
    vantage.settings = settings_.vantages[v];
    vantage.guard.configure(settings_);
    vantage.suspicions.clear();
    vantage.losses.clear();
    fill_counters(vantage.events, true);
    vantage_index_[vantage.settings.name] = v;
    const inference::VantageId number = paths_.add_vantage(vantage.settings.name, vantage.settings.asn);
    vantage_of_path_.resize(std::max<std::size_t>(vantage_of_path_.size(), number + 1));
    vantage_of_path_[number] = v;
    context_.vantage_asns.push_back(vantage.settings.asn);
    context_.trusted.push_back(vantage.trusted);
  }

  std::set<Asn> networks;
  for (const VantageRecord& vantage : vantages_) networks.insert(vantage.settings.asn);
  networks_ = static_cast<std::uint32_t>(networks.size());
  open_silences_.clear();

  for (const TargetRecord& target : targets_) {
    const auto same = [&](const TargetSettings& t) { return t.network.name == target.settings.network.name; };
    if (std::ranges::none_of(settings_.targets, same)) {
      removed_.removed_targets.push_back(target.settings.network.name);
    }
  }
  take_over(targets_, origins(
                          targets_, settings_.targets, [](const TargetRecord& t) { return t.settings.network.name; },
                          [](const TargetSettings& t) { return t.network.name; }));
  target_index_.clear();
  block_count_ = 0;
  std::vector<inference::TargetId> kept;
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    adopt_target(targets_[t], settings_.targets[t], vantage_from);
    target_index_[targets_[t].settings.network.name] = t;
    kept.push_back(*targets_[t].paths);
    block_count_ += targets_[t].blocks.size();
  }
  paths_.retain_targets(kept);
  recount_unsaved();
  read_ways(read_anew);
}

void Core::Impl::adopt_target(TargetRecord& target, const TargetSettings& settings,
                              const std::vector<std::optional<std::size_t>>& vantage_from) {
  std::unordered_map<Block, std::size_t> earlier = std::move(target.block_index);
  std::vector<BlockRecord> blocks;
  if (!target.paths) {
    target.paths = paths_.add_target(settings.network);
  } else if (target.settings.network != settings.network) {
    paths_.set_target(*target.paths, settings.network);
    for (BlockRecord& block : target.blocks) block.ways.clear();
  }
  target.settings = settings;
  target.block_index.clear();
  target.blocks_in = {};
  for (const Block& block : settings.blocks) {
    target.block_index[block] = blocks.size();
    const auto found = earlier.find(block);
    if (found == earlier.end()) {
      blocks.emplace_back(block, settings_.vantages.size());
    } else {
      BlockRecord& kept = blocks.emplace_back(std::move(target.blocks[found->second]));
      take_over(kept.beliefs, vantage_from);
      take_over(kept.carriages, vantage_from);
      take_over(kept.retraced, vantage_from);
      kept.fate.forget_misses();
      kept.upstreams.remap(vantage_from);
      earlier.erase(found);
    }
    ++target.blocks_in[static_cast<std::size_t>(blocks.back().state.state)];
  }
  for (const IpAddress& address : settings.addresses) {
    const auto found = target.block_index.find(Block::of(address));
    if (found != target.block_index.end()) blocks[found->second].fate.name_address(address);
  }
  target.silent.clear();
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    if (blocks[b].outage) target.silent.insert(b);
    blocks[b].silent_since.reset();  // What is still open is asked anew.
  }
  for (const auto& [block, index] : earlier) {
    paths_.erase_block(*target.paths, block);
    removed_.removed_blocks.emplace_back(settings.network.name, block);
  }
  target.blocks = std::move(blocks);
  for (BlockRecord& block : target.blocks) block.touched = Touch::none;
  target.ledger = TargetLedger{};
  target.view.reset();
  target.carried_blocks.clear();
  for (BlockRecord& block : target.blocks) {
    paths_.erase_if(*target.paths, block.block, [&](const inference::Path& path) {
      const bool gone = !vantage_index_.contains(paths_.name_of(path.key.vantage));
      if (gone) block.ways.forget(path.key);
      return gone;
    });
    for (const Asn asn : block.upstreams.present()) ++target.carried_blocks[asn];
  }
  take_over(target.pings, vantage_from);
  for (std::size_t v = 0; v < vantages_.size(); ++v) target.pings[v].vantage = vantages_[v].settings.name;
  fill_counters(target.events, false);
}

void Core::Impl::restore(const Baseline& restored) {
  for (const VantageMemory& memory : restored.vantages) {
    const auto found = vantage_index_.find(memory.name);
    if (found == vantage_index_.end()) continue;
    VantageRecord& vantage = vantages_[found->second];
    vantage.guard.restore(memory.state, memory.since);
    for (const auto& [kind, count] : memory.events) vantage.events[kind] = count;
  }
  for (const TargetMemory& memory : restored.targets) {
    const auto found = target_index_.find(memory.name);
    if (found != target_index_.end()) restore_target(targets_[found->second], memory);
  }
  mark_restored(restored);
}

// Present states stay unknown until there is something to see; what was known before waits behind them.
void Core::Impl::restore_target(TargetRecord& target, const TargetMemory& memory) {
  target.state.known = target.announced = memory.state;
  target.state.known_since = memory.since;
  target.redundancy = memory.redundancy;
  for (const auto& [kind, count] : memory.events) target.events[kind] = count;
  for (const BlockMemory& known : memory.blocks) {
    const auto found = target.block_index.find(known.block);
    if (found == target.block_index.end()) continue;
    BlockRecord& block = target.blocks[found->second];
    block.state.known = known.state;
    block.state.known_since = known.since;
    block.announced_down = known.announced_down;
    // What was still being learned is learned anew: its upstreams are not in the memory either.
    block.redundancy = known.learned ? known.redundancy : Redundancy::never;
    block.upstreams.restore(known);
    block.fate.restore(known.hosts);
    restore_addresses(block, known);
    for (const Asn asn : block.upstreams.present()) ++target.carried_blocks[asn];
  }
  if (target.redundancy == Redundancy::held && target.carried_blocks.size() < 2) target.redundancy = Redundancy::never;
}

void Core::Impl::restore_addresses(BlockRecord& block, const BlockMemory& known) {
  for (const AddressMemory& address : known.addresses) {
    const auto vantage = vantage_index_.find(address.vantage);
    if (vantage == vantage_index_.end()) continue;
    block.beliefs[vantage->second].restore(address.address, address.answer_rate);
  }
}

Baseline Core::Impl::baseline() const {
  Baseline result;
  for (const VantageRecord& vantage : vantages_) result.vantages.push_back(memory_of(vantage));
  for (const TargetRecord& target : targets_) {
    TargetMemory& memory = result.targets.emplace_back(target_memory_of(target));
    memory.blocks.reserve(target.blocks.size());
    for (const BlockRecord& block : target.blocks) memory.blocks.push_back(block_memory_of(block));
  }
  return result;
}

VantageMemory Core::Impl::memory_of(const VantageRecord& vantage) const {
  return {.name = vantage.settings.name,
          .state = vantage.guard.state(),
          .since = vantage.guard.since(),
          .events = vantage.events};
}

// Without its blocks.
TargetMemory Core::Impl::target_memory_of(const TargetRecord& target) const {
  return {.name = target.settings.network.name,
          .state = target.announced,
          .since = target.state.known_since,
          .redundancy = target.redundancy,
          .blocks = {},
          .events = target.events};
}

BlockMemory Core::Impl::block_memory_of(const BlockRecord& block) const {
  BlockMemory known{.block = block.block,
                    .state = block.state.known,
                    .since = block.state.known_since,
                    .announced_down = block.announced_down,
                    .learned = block.upstreams.learned(last_call_.value_or(Timestamp{})),
                    .redundancy = block.redundancy,
                    .upstreams = {},
                    .addresses = {},
                    .hosts = block.fate.remember()};
  if (known.learned) block.upstreams.remember(known);
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    for (const auto& [address, record] : block.beliefs[v].addresses()) {
      known.addresses.push_back(
          {.vantage = vantages_[v].settings.name, .address = address, .answer_rate = record.answer_rate});
    }
  }
  return known;
}

}  // namespace isthmus::resilience
