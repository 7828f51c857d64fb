#include "resilience/ways.hpp"

#include <algorithm>
#include <boost/container_hash/hash.hpp>
#include <optional>
#include <utility>

namespace isthmus::resilience {
namespace {

using inference::HopView;

// Appends an AS; one that comes again means that the hops in between led astray.
void append(AsPath& path, AsStep step) {
  const auto again = std::ranges::find(path, step.asn, &AsStep::asn);
  if (again != path.end()) {
    path.erase(again + 1, path.end());
  } else {
    path.push_back(step);
  }
}

// Ends the path with the upstream that was concluded; hops after it are the target's, whatever their address says.
void end_with(AsPath& path, Asn upstream) {
  const auto found = std::ranges::find(path, upstream, &AsStep::asn);
  if (found != path.end()) {
    path.erase(found + 1, path.end());
  } else {
    path.push_back({upstream, true});
  }
}

bool is_private(const HopView& view) { return view.place == "private"; }

// The first hop behind the vantage point's own network; that network's first one where it is the upstream itself.
std::size_t first_that_counts(const TracedHops& traced, const inference::LastHop& hop) {
  Asn home = traced.vantage;
  for (const HopView& view : traced.hops) {
    if (home.is_none() && !view.own) home = view.operator_asn;
  }
  if (hop.upstream == home) return 0;
  const auto first = std::ranges::find_if(traced.hops, [&](const HopView& view) {
    return view.own || (!view.operator_asn.is_none() && view.operator_asn != home);
  });
  return static_cast<std::size_t>(first - traced.hops.begin());
}

}  // namespace

AsPath as_path_of(Asn vantage, std::span<const HopView> hops, const inference::LastHop& hop) {
  AsPath path;
  if (!hop.conclusive()) return path;
  if (!vantage.is_none()) path.push_back({vantage, false});
  std::optional<Ttl> before;
  bool gap = false;
  for (const HopView& view : hops) {
    if (view.own) break;
    gap = gap || (before && view.ttl - *before > 1) || (view.operator_asn.is_none() && !is_private(view));
    before = view.ttl;
    if (view.operator_asn.is_none()) continue;
    append(path, {view.operator_asn, gap});
    gap = false;
  }
  end_with(path, *hop.upstream);
  // A vantage AS that is the upstream itself stays.
  if (path.size() > 1) path.erase(path.begin());
  path.front().gap = false;
  return path;
}

RouterPath router_path_of(const TracedHops& traced, const inference::LastHop& hop) {
  RouterPath path;
  std::optional<Ttl> before;
  bool silence = false;
  bool arrived = false;
  const std::size_t first = first_that_counts(traced, hop);
  if (first > 0) before = traced.hops[first - 1].ttl;
  for (const HopView& view : traced.hops.subspan(first)) {
    silence = silence || (before && view.ttl - *before > 1);
    before = view.ttl;
    arrived = view.address == traced.destination;
    if (arrived) break;
    if (is_private(view)) {
      silence = true;
      continue;
    }
    const auto again = std::ranges::find(path.steps, view.address, &RouterStep::address);
    if (again != path.steps.end()) {
      path.steps.erase(again + 1, path.steps.end());
    } else {
      if (path.steps.empty()) path.open_start = silence;
      const Asn asn = view.own ? traced.target : view.operator_asn;
      path.steps.push_back({.address = view.address, .gap = silence && !path.steps.empty(), .asn = asn});
    }
    silence = false;
  }
  path.open_end = silence || !arrived;
  return path;
}

WayDraft way_of(const TracedHops& traced, const inference::LastHop& hop, Asn stand_in) {
  WayDraft way;
  way.vantage = traced.vantage.is_none() ? stand_in : traced.vantage;
  way.target = traced.target;
  if (!hop.conclusive()) return way;
  way.ases = as_path_of(traced.vantage, traced.hops, hop);
  way.routers = router_path_of(traced, hop);
  return way;
}

PackedRouters::PackedRouters(const RouterPath& path, const std::shared_ptr<RouterPool>& pool)
    : pool_(pool), open_start_(path.open_start), open_end_(path.open_end) {
  steps_.reserve(path.steps.size());
  bool gap = false;
  for (const RouterStep& step : path.steps) {
    const auto number = pool->number_of({step.address, step.asn});
    gap = gap || step.gap || !number;
    if (!number) continue;
    if (steps_.empty()) {
      open_start_ = open_start_ || gap;
      gap = false;
    }
    steps_.push_back(2 * *number + (gap ? 1U : 0U));
    gap = false;
  }
  open_end_ = open_end_ || gap;
}

RouterPath PackedRouters::unpack() const {
  RouterPath path{.steps = {}, .open_start = open_start_, .open_end = open_end_};
  path.steps.reserve(steps_.size());
  for (const std::uint32_t step : steps_) {
    const Router& router = pool_->at(step / 2);
    path.steps.push_back({.address = router.address, .gap = step % 2 == 1, .asn = router.asn});
  }
  return path;
}

std::size_t PackedRouters::hash() const { return boost::hash_range(steps_.begin(), steps_.end()); }

std::size_t WayTable::Hash::operator()(const Entry& way) const noexcept {
  std::size_t seed = way->vantage.number;
  boost::hash_combine(seed, way->target.number);
  boost::hash_combine(seed, way->as_path.get());
  boost::hash_combine(seed, way->routers.hash());
  return seed;
}

std::shared_ptr<const Way> WayTable::intern(const WayDraft& draft) {
  Way way{.vantage = draft.vantage, .target = draft.target, .as_path = {}, .routers = {}, .number = next_};
  if (!draft.ases.empty()) {
    auto& path = as_paths_[draft.ases];
    if (path == nullptr) path = std::make_shared<const AsPath>(draft.ases);
    way.as_path = path;
    way.routers = PackedRouters(draft.routers, routers_);
  }
  const auto [entry, is_new] = ways_.insert(std::make_shared<const Way>(std::move(way)));
  if (is_new) ++next_;
  return *entry;
}

void WayTable::tidy() {
  if (ways_.size() < tidy_at_) return;
  boost::unordered::erase_if(ways_, [](const Entry& way) { return way.use_count() == 1; });
  std::erase_if(as_paths_, [](const auto& path) { return path.second.use_count() == 1; });
  tidy_at_ = std::max<std::size_t>(1024, 2 * ways_.size());
}

}  // namespace isthmus::resilience
