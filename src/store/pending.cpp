#include "store/pending.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace isthmus::store {
namespace {

using resilience::BaselineChanges;
using resilience::BlockMemory;
using resilience::DayRecord;
using resilience::LateTally;
using resilience::PathChange;
using resilience::PathChanges;
using resilience::TargetMemory;

template <typename T>
void append(std::vector<T>& items, std::vector<T>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(items));
}

void forget_removed(BaselineChanges& older, const BaselineChanges& newer) {
  const auto has = [](const auto& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::erase_if(older.targets, [&](const TargetMemory& item) { return has(newer.removed_targets, item.name); });
  std::erase_if(older.vantages, [&](const auto& item) { return has(newer.removed_vantages, item.name); });
  for (const auto& [name, block] : newer.removed_blocks) {
    for (TargetMemory& target : older.targets) {
      if (target.name != name) continue;
      std::erase_if(target.blocks, [&gone = block](const BlockMemory& item) { return item.block == gone; });
    }
  }
}

// Items of `newer` replace those of `older` with the same key.
template <typename T, typename KeyOf>
void overlay(std::vector<T>& older, std::vector<T>& newer, const KeyOf& key_of) {
  using Key = std::decay_t<decltype(key_of(older.front()))>;
  std::map<Key, std::size_t> index;
  for (std::size_t i = 0; i < older.size(); ++i) index[key_of(older[i])] = i;
  for (T& item : newer) {
    const auto [at, is_new] = index.try_emplace(key_of(item), older.size());
    if (is_new) {
      older.push_back(std::move(item));
    } else {
      older[at->second] = std::move(item);
    }
  }
}

void merge_targets(std::vector<TargetMemory>& older, std::vector<TargetMemory>& newer) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < older.size(); ++i) index[older[i].name] = i;
  for (TargetMemory& target : newer) {
    const auto found = index.find(target.name);
    if (found == index.end()) {
      older.push_back(std::move(target));
      continue;
    }
    TargetMemory& known = older[found->second];
    std::vector<BlockMemory> blocks = std::move(known.blocks);
    overlay(blocks, target.blocks, [](const BlockMemory& item) { return item.block; });
    known = std::move(target);
    known.blocks = std::move(blocks);
  }
}

void merge(PathChanges& older, PathChanges& newer, std::size_t limit) {
  append(older.kept, newer.kept);
  append(older.left_out, newer.left_out);
  if (older.kept.size() <= limit) return;
  const auto excess = older.kept.begin() + static_cast<std::ptrdiff_t>(older.kept.size() - limit);
  std::map<std::pair<Timestamp, std::string>, std::uint64_t> counts;
  for (const auto& item : older.left_out) counts[{item.hour, item.target}] += item.count;
  std::for_each(older.kept.begin(), excess, [&](const PathChange& change) {
    ++counts[{std::chrono::floor<std::chrono::hours>(change.time), change.target}];
  });
  older.kept.erase(older.kept.begin(), excess);
  older.left_out.clear();
  for (const auto& [key, count] : counts) {
    older.left_out.push_back({.hour = key.first, .target = key.second, .count = count});
  }
}

void merge(std::vector<LateTally>& older, std::vector<LateTally> newer) {
  if (older.empty()) {
    older = std::move(newer);
    return;
  }
  std::map<decltype(older.front().key()), std::size_t> index;
  for (std::size_t i = 0; i < older.size(); ++i) index[older[i].key()] = i;
  for (LateTally& tally : newer) {
    const auto [at, is_new] = index.try_emplace(tally.key(), older.size());
    if (is_new) {
      older.push_back(std::move(tally));
    } else {
      older[at->second].add(tally);
    }
  }
}

// Positions go on, marks of later batches are written over earlier ones.
void merge(std::vector<StreamProgress>& older, std::vector<StreamProgress> newer) {
  for (StreamProgress& one : newer) {
    const auto same = std::ranges::find(older, one.partition, &StreamProgress::partition);
    if (same == older.end()) {
      older.push_back(std::move(one));
      continue;
    }
    overlay(same->marks, one.marks, [](const StreamMark& mark) { return std::pair(mark.vantage, mark.boot); });
    one.marks = std::move(same->marks);
    *same = std::move(one);
  }
}

}  // namespace

void merge(BaselineChanges& older, BaselineChanges newer) {
  if (older.empty()) {
    older = std::move(newer);
    return;
  }
  forget_removed(older, newer);
  append(older.removed_targets, newer.removed_targets);
  append(older.removed_vantages, newer.removed_vantages);
  append(older.removed_blocks, newer.removed_blocks);
  merge_targets(older.targets, newer.targets);
  overlay(older.vantages, newer.vantages, [](const auto& item) { return item.name; });
}

void Pending::add(Batch& batch, std::size_t path_limit) {
  merge(baseline, std::exchange(batch.baseline, {}));
  if (paths.empty()) {
    paths = std::exchange(batch.paths, {});
  } else {
    merge(paths, batch.paths, path_limit);
    batch.paths = {};
  }
  if (days.empty()) {
    days = std::exchange(batch.days, {});
  } else {
    overlay(days, batch.days, [](const DayRecord& item) { return std::tuple(item.target, item.block, item.day); });
    batch.days.clear();
  }
  merge(late, std::exchange(batch.late, {}));
  merge(progress, std::exchange(batch.progress, {}));
  if (batch.alive) alive = batch.alive;
}

}  // namespace isthmus::store
