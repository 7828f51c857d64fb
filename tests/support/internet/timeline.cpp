#include "support/internet/timeline.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

constexpr std::uint32_t kShortestMinutes = 5;
constexpr std::uint32_t kLongestMinutes = 360;

}  // namespace

Timeline::Timeline(const Settings& settings, const AsGraph& graph, const AddressPlan& plan)
    : random_(hash_of(settings.seed, 0x74696D65U)), adjacencies_(graph.adjacencies.size()) {
  std::vector<std::uint32_t> providers(graph.ases.size());
  for (const Adjacency& adjacency : graph.adjacencies) {
    if (adjacency.contract == Contract::transit) ++providers[adjacency.b];
  }
  for (std::uint32_t i = 0; i < adjacencies_; ++i) {
    const Adjacency& adjacency = graph.adjacencies[i];
    if (adjacency.contract != Contract::transit) continue;
    const bool appears = random_.chance(settings.changes.appears);
    const bool fails = random_.chance(settings.changes.fails);
    // Somebody without any provider is not on the internet yet, and nobody has space from a provider to come: one
    // contract is older than the story.
    if (appears && providers[adjacency.b] > 1 && plan.numbered_from(adjacency.b) != adjacency.a) {
      --providers[adjacency.b];
      appear(i, settings);
    } else if (fails) {
      fail(i, settings);
    }
  }
  std::ranges::stable_sort(changes_, {}, &Change::time);
}

void Timeline::fail(std::uint32_t adjacency, const Settings& settings) {
  const auto span = std::chrono::duration_cast<std::chrono::minutes>(settings.changes.span).count();
  const auto start =
      std::chrono::minutes(1 + random_.below(static_cast<std::uint32_t>(std::max<std::int64_t>(1, span))));
  const auto lasts = std::chrono::minutes(random_.between(kShortestMinutes, kLongestMinutes));
  changes_.push_back({.time = settings.changes.begin + start, .adjacency = adjacency, .up = false, .is_new = false});
  changes_.push_back(
      {.time = settings.changes.begin + start + lasts, .adjacency = adjacency, .up = true, .is_new = false});
}

void Timeline::appear(std::uint32_t adjacency, const Settings& settings) {
  const auto span = std::chrono::duration_cast<std::chrono::minutes>(settings.changes.span).count();
  const auto start =
      std::chrono::minutes(1 + random_.below(static_cast<std::uint32_t>(std::max<std::int64_t>(1, span))));
  changes_.push_back({.time = settings.changes.begin + start, .adjacency = adjacency, .up = true, .is_new = true});
}

Outages Timeline::outages_at(Timestamp time) const {
  Outages outages(adjacencies_);
  for (const Change& change : changes_) {
    if (change.is_new) outages[change.adjacency] = change.time > time;
    if (!change.is_new && change.time <= time) outages[change.adjacency] = !change.up;
  }
  return outages;
}

}  // namespace isthmus::testing::internet
