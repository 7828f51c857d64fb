#include "isthmus/resilience/whatif.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "isthmus/resilience/snapshot.hpp"
#include "resilience/diversity.hpp"
#include "resilience/way_graph.hpp"

namespace isthmus::resilience {
namespace {

NodePath as_nodes(const Way& way) {
  NodePath path;
  for (const AsStep& step : way.ases()) path.push_back({step.asn.number, step.gap});
  return path;
}

std::uint32_t as_min_cut(std::span<const WayFlows> ways) {
  std::set<NodePath> paths;
  for (const WayFlows& flows : ways) {
    if (flows.way->known()) paths.insert(as_nodes(*flows.way));
  }
  const std::vector list(paths.begin(), paths.end());
  return WayGraph(list).min_cut();
}

// Flags the ways that the failure cuts; `path_of` and `failed` say what a way is at the level in question.
template <typename PathOf>
void mark_cut(std::span<const WayFlows> ways, const PathOf& path_of, const std::set<Node>& failed,
              std::vector<bool>& cut) {
  if (failed.empty()) return;
  std::vector<NodePath> paths;
  std::vector<std::size_t> origins;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    NodePath path = path_of(*ways[i].way);
    if (path.empty()) continue;
    paths.push_back(std::move(path));
    origins.push_back(i);
  }
  const std::vector<bool> flags = WayGraph(paths).cut_by(failed);
  for (std::size_t p = 0; p < paths.size(); ++p) cut[origins[p]] = cut[origins[p]] || flags[p];
}

std::vector<bool> cut_ways(std::span<const WayFlows> ways, const Failure& failure) {
  std::vector<bool> cut(ways.size());
  std::set<Node> ases;
  for (const Asn asn : failure.ases) ases.insert(asn.number);
  mark_cut(ways, as_nodes, ases, cut);
  std::map<IpAddress, Node> nodes;
  const auto node_of = [&nodes](const IpAddress& address) {
    return nodes.try_emplace(address, static_cast<Node>(nodes.size())).first->second;
  };
  std::set<Node> routers;
  for (const IpAddress& address : failure.routers) routers.insert(node_of(address));
  mark_cut(
      ways,
      [&](const Way& way) {
        NodePath path;
        const RouterPath seen = way.routers.unpack();
        for (const RouterStep& step : seen.steps) path.push_back({node_of(step.address), step.gap});
        return path;
      },
      routers, cut);
  return cut;
}

// What is summed up over blocks: the mass that each upstream would carry, in units.
struct Sum {
  Units units{};
  std::map<Asn, double> carried{};
  void add(const Sum& other) {
    units.all += other.units.all;
    units.known += other.units.known;
    units.kept += other.units.kept;
    units.moved += other.units.moved;
    for (const auto& [asn, mass] : other.carried) carried[asn] += mass;
  }
};

// Each vantage AS is one unit, spread evenly over the flows that keep a way.
Sum sum_of(std::span<const WayFlows> ways, const std::vector<bool>& cut) {
  struct Unit {
    double known{0};
    double kept{0};
    std::map<Asn, double> by{};
  };
  std::map<Asn, Unit> units;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    Unit& unit = units[ways[i].way->vantage];
    if (!ways[i].way->known()) continue;
    unit.known += ways[i].flows;
    if (cut[i]) continue;
    unit.kept += ways[i].flows;
    unit.by[ways[i].way->upstream()] += ways[i].flows;
  }
  Sum sum;
  for (const auto& [vantage, unit] : units) {
    sum.units.all += 1;
    if (unit.known == 0) continue;
    sum.units.known += 1;
    if (unit.kept == 0) continue;
    sum.units.kept += 1;
    if (unit.kept < unit.known) sum.units.moved += 1;
    for (const auto& [upstream, flows] : unit.by) sum.carried[upstream] += flows / unit.kept;
  }
  return sum;
}

std::vector<Carrier> carriers_of(const Sum& sum, const WatchedTarget& target) {
  std::vector<Carrier> carriers;
  for (const auto& [asn, mass] : sum.carried) {
    Carrier& carrier = carriers.emplace_back();
    carrier.asn = asn;
    carrier.share = mass / sum.units.kept;
    carrier.name = name_in(target.diversity.get(), asn);
  }
  std::ranges::stable_sort(carriers, std::greater{}, &Carrier::share);
  return carriers;
}

Fate fate_of(const Units& units, bool any_cut, std::uint32_t cut_before, std::uint32_t cut_after) {
  if (units.known == 0) return Fate::not_known;
  if (units.kept == 0) return 2 * units.known >= units.all ? Fate::dark : Fate::not_known;
  if (!any_cut) return Fate::unaffected;
  return cut_before > 1 && cut_after == 1 ? Fate::loses_redundancy : Fate::keeps;
}

std::vector<WayFlows> left_of(std::span<const WayFlows> ways, const std::vector<bool>& cut) {
  std::vector<WayFlows> left;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (!cut[i]) left.push_back(ways[i]);
  }
  return left;
}

// What becomes of blocks that are reached alike; computed once for all of them.
struct AlikeVerdict {
  BlockVerdict fate{};
  Sum sum{};
  bool any_cut{false};
  std::vector<WayFlows> left{};
};

AlikeVerdict judge(const BlockWays& block, const Failure& failure, const WatchedTarget& target) {
  const std::vector<bool> cut = cut_ways(block.ways, failure);
  AlikeVerdict verdict{.fate = {}, .sum = sum_of(block.ways, cut)};
  verdict.any_cut = std::ranges::find(cut, true) != cut.end();
  verdict.left = left_of(block.ways, cut);
  BlockVerdict& fate = verdict.fate;
  fate.units = verdict.sum.units;
  fate.min_cut_before = block.diversity.ases.min_cut;
  fate.min_cut_after = verdict.any_cut ? as_min_cut(verdict.left) : fate.min_cut_before;
  fate.fate = fate_of(fate.units, verdict.any_cut, fate.min_cut_before, fate.min_cut_after);
  fate.carriers = carriers_of(verdict.sum, target);
  return verdict;
}

TargetVerdict judge(const WatchedTarget& target, const Failure& failure) {
  TargetVerdict result;
  result.target = target.name;
  Sum whole;
  bool any_cut = false;
  std::map<std::uint64_t, WayFlows> left;
  std::unordered_map<const BlockWays*, AlikeVerdict> verdicts;
  for (const WatchedTarget::WatchedBlock& block : target.blocks) {
    BlockVerdict& fate = result.blocks.emplace_back();
    if (block.ways != nullptr) {
      const auto [entry, is_new] = verdicts.try_emplace(block.ways.get());
      AlikeVerdict& verdict = entry->second;
      if (is_new) {
        verdict = judge(*block.ways, failure, target);
        any_cut = any_cut || verdict.any_cut;
        for (const WayFlows& flows : verdict.left) left.emplace(flows.way->number, flows);
      }
      fate = verdict.fate;
      whole.add(verdict.sum);
    }
    fate.block = block.block;
    ++result.blocks_by_fate[static_cast<std::size_t>(fate.fate)];
  }
  result.units = whole.units;
  result.carriers = carriers_of(whole, target);
  if (target.diversity == nullptr) return result;
  result.min_cut_before = result.min_cut_after = target.diversity->whole.ases.min_cut;
  if (!any_cut) return result;
  std::vector<WayFlows> rest;
  for (auto& [number, flows] : left) rest.push_back(std::move(flows));
  result.min_cut_after = as_min_cut(rest);
  return result;
}

// Everything that is on a way to somewhere, and with whom one could start.
struct Seen {
  std::set<Asn> ases{};
  std::set<IpAddress> routers{};
};

Seen seen_on(std::span<const WatchedTarget> targets) {
  Seen seen;
  std::set<const Way*> met;
  for (const WatchedTarget& target : targets) {
    for (const WatchedTarget::WatchedBlock& block : target.blocks) {
      if (block.ways == nullptr) continue;
      for (const WayFlows& flows : block.ways->ways) {
        if (!met.insert(flows.way.get()).second) continue;
        for (const AsStep& step : flows.way->ases()) seen.ases.insert(step.asn);
        const RouterPath path = flows.way->routers.unpack();
        for (const RouterStep& step : path.steps) seen.routers.insert(step.address);
      }
    }
  }
  return seen;
}

// The networks that matter most, as many as fit into a line that somebody reads.
std::string suggestions(std::span<const WatchedTarget> targets) {
  constexpr std::size_t kMost = 6;
  std::vector<std::pair<Hegemony, std::string>> known;
  for (const WatchedTarget& target : targets) {
    if (target.diversity == nullptr) continue;
    for (const Hegemony& as : target.diversity->hegemony) {
      const bool again = std::ranges::any_of(known, [&](const auto& other) { return other.first.asn == as.asn; });
      const std::string name(name_in(target.diversity.get(), as.asn));
      if (!again) known.emplace_back(as, name.empty() ? name : " " + name);
    }
  }
  if (known.empty()) return "no way to any block is known yet";
  std::ranges::stable_sort(known, std::greater{}, [](const auto& as) { return as.first.score; });
  std::string text = "on the ways are";
  for (std::size_t i = 0; i < std::min(known.size(), kMost); ++i) {
    text += (i == 0 ? " AS" : ", AS") + to_string(known[i].first.asn) + known[i].second;
  }
  return text + (known.size() > kMost ? " and " + std::to_string(known.size() - kMost) + " more" : "");
}

Result<void> check(std::span<const WatchedTarget> targets, const Failure& failure) {
  const auto bad = [](const std::string& what, const std::string& why) {
    return Error{ErrorCode::invalid_argument, "let " + what + " fail", why};
  };
  const Seen seen = seen_on(targets);
  for (const Asn asn : failure.ases) {
    if (seen.ases.contains(asn)) continue;
    const std::string name = "AS" + to_string(asn);
    for (const WatchedTarget& target : targets) {
      if (target.asn == asn) return bad(name, "it is the network of " + target.name + " itself, not on a way to it");
    }
    return bad(name, "nobody saw it on a way to a block; " + suggestions(targets));
  }
  for (const IpAddress& router : failure.routers) {
    if (seen.routers.contains(router)) continue;
    return bad(to_string(router),
               "no router answered from this address on a way to a block; isthmus trace, or "
               "/api/v1/paths, show those that do");
  }
  return {};
}

}  // namespace

Result<WhatIf> what_if(std::span<const WatchedTarget> targets, const Failure& failure, Timestamp time) {
  if (const auto checked = check(targets, failure); !checked) return checked.error();
  WhatIf result{.time = time, .failure = failure};
  for (const WatchedTarget& target : targets) {
    result.targets.push_back(judge(target, failure));
    if (target.diversity == nullptr) continue;
    for (const Asn asn : failure.ases) {
      const auto name = target.diversity->names.find(asn);
      if (name != target.diversity->names.end()) result.names.insert(*name);
    }
  }
  return result;
}

Result<WhatIf> what_if(const Snapshot& snapshot, const Failure& failure, std::string_view target) {
  std::vector<WatchedTarget> watched;
  for (const TargetView& view : snapshot.targets) {
    if (!target.empty() && view.name != target) continue;
    WatchedTarget& asked = watched.emplace_back();
    asked.name = view.name;
    asked.asn = view.asn;
    asked.diversity = view.diversity;
    for (const BlockView& block : view.blocks) asked.blocks.push_back({block.block, block.ways});
  }
  if (watched.empty() && !target.empty()) {
    return Error{ErrorCode::not_found, "look for target " + std::string(target),
                 "there is none of this name; /api/v1/targets lists them"};
  }
  return what_if(watched, failure, snapshot.time);
}

}  // namespace isthmus::resilience
