#include "probes/survey/gaps.hpp"

#include <algorithm>

#include "probes/survey/key_set.hpp"
#include "probes/survey/row.hpp"

namespace isthmus::probes::survey {
namespace {

// Paths that ask about the same pair of neighbours: the first might be unlucky, the second hardly.
constexpr std::uint32_t kAsksPerGap = 2;

// Equal for hops that stand between the same two interfaces at the same distances. The first TTL has the vantage point
// before it, and the last router the destination behind it, which no other path shares.
std::uint64_t key_of(std::span<const Cell> row, PathIndex path, std::size_t first, std::size_t far, std::size_t hop) {
  const std::uint64_t before = first == 0 ? kNoInterface : row[first - 1].interface();
  const std::uint64_t behind = row[far].is_router() ? row[far].interface() : (std::uint64_t{path} << 32) | kDestination;
  return mix(mix(mix(before) + behind) + (far - first) * 256 + (hop - first));
}

// Equal for hops behind the same interface on the way to targets that are next to one another: one router, most
// likely, whatever stands behind it.
std::uint64_t nearby_key_of(std::span<const Cell> row, std::size_t target, std::size_t first, std::size_t hop) {
  constexpr std::size_t kNeighbours = 16;
  const std::uint64_t before = first == 0 ? kNoInterface : row[first - 1].interface();
  return mix(mix(before) + target / kNeighbours * 256 + (hop - first));
}

}  // namespace

std::vector<Ask> find_gaps(const Grid& grid, std::uint16_t flows, std::uint64_t key) {
  KeySet asked(grid.paths() / 4);
  KeySet asked_nearby(grid.paths() / 4);
  std::vector<Ask> asks;
  for (PathIndex path = 0; path < grid.paths(); ++path) {
    const std::span<const Cell> row = grid.row(path);
    for_each_gap(row, [&](std::size_t first, std::size_t far) {
      for (std::size_t hop = first; hop < far; ++hop) {
        const std::uint64_t gap = key_of(row, path, first, far, hop);
        if (row[hop].attempt() + 1 >= kMaxAttempts) continue;
        if (asked.add(gap) > kAsksPerGap) continue;
        if (row[far].is_router() && asked_nearby.add(nearby_key_of(row, path / flows, first, hop)) > kAsksPerGap)
          continue;
        asks.push_back({path, static_cast<Ttl>(hop + 1), static_cast<std::uint8_t>(row[hop].attempt() + 1)});
      }
    });
  }
  std::sort(asks.begin(), asks.end(), [&](const Ask& a, const Ask& b) {
    const auto place = [&](const Ask& ask) { return mix((std::uint64_t{ask.path} << 8 | ask.ttl) ^ key); };
    return place(a) < place(b);
  });
  return asks;
}

}  // namespace isthmus::probes::survey
