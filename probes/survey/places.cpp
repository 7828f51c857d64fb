#include "probes/survey/places.hpp"

#include <array>

#include "probes/survey/mix.hpp"
#include "probes/survey/row.hpp"

namespace isthmus::probes::survey {

Places::Places(const Grid& grid, std::span<const IpAddress> targets, std::uint16_t flows)
    : grid_(grid), targets_(targets), flows_(flows) {
  collect();
  for (PathIndex path = 0; path < grid_.paths(); ++path) {
    count(path);
    count_nearby(path);
  }
  for (PathIndex path = 0; path < grid_.paths(); ++path) count_behind(path);
  for (Place& place : places_) place.chance = chance_of(place.asked, place.behind);
}

std::span<const Cell> Places::path(PathIndex path) const {
  const std::span<const Cell> row = grid_.row(path);
  const std::size_t end = end_of_path(row);
  return end == row.size() ? row.first(0) : row.first(end + 1);
}

// In front of a destination stands the last router of its block, whichever address of it was asked.
std::uint64_t Places::key_of(PathIndex path, std::size_t first, std::size_t far) const {
  const std::span<const Cell> row = grid_.row(path);
  const std::uint64_t before = first == 0 ? kNoInterface : row[first - 1].interface();
  std::uint64_t behind = row[far].interface();
  if (!row[far].is_router()) {
    const Block block = Block::of(targets_[path / flows_]);
    behind = (std::hash<IpAddress>{}(block.prefix.address()) << 24) | kDestination;
  }
  return mix(mix(mix(before) + behind) + (far - first));
}

// Behind one router on the way to neighbouring targets there is one router, most likely, whatever stands behind it.
std::uint64_t Places::nearby_key_of(PathIndex path, std::size_t first, std::size_t hop) const {
  constexpr std::size_t kNeighbours = 16;
  const std::uint64_t before = first == 0 ? kNoInterface : grid_.at(path, static_cast<Ttl>(first)).interface();
  return mix(mix(before) + path / flows_ / kNeighbours * 256 + (hop - first));
}

void Places::collect() {
  for (PathIndex path = 0; path < grid_.paths(); ++path) {
    for_each_gap(this->path(path), [&](std::size_t first, std::size_t far) {
      for (std::size_t hop = first; hop < far; ++hop) nearby_.try_emplace(nearby_key_of(path, first, hop));
      if (!first_of_.try_emplace(key_of(path, first, far), places_.size()).second) return;
      places_.resize(places_.size() + (far - first));
      lengths_ |= 1U << (far - first);
    });
  }
}

// Every pair of answers on this path between which silence is known on some path: the same neighbours, so the same
// place.
template <typename OnGap>
void Places::for_each_known(PathIndex path, OnGap&& on_gap) {
  const std::span<const Cell> row = this->path(path);
  for (std::size_t first = 0; first < row.size(); ++first) {
    if (first > 0 && !row[first - 1].answered()) continue;
    for (std::size_t far = first + 1; far < row.size() && far - first <= kLongestGap; ++far) {
      if ((lengths_ >> (far - first) & 1) == 0 || !closes_gap(row[far])) continue;
      const auto found = first_of_.find(key_of(path, first, far));
      if (found != first_of_.end()) on_gap(row, std::span(places_).subspan(found->second, far - first), first);
    }
  }
}

void Places::count(PathIndex path) {
  for_each_known(path, [](std::span<const Cell> row, std::span<Place> places, std::size_t first) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Cell& cell = row[first + i];
      if (!is_settled(cell)) continue;
      Place& place = places[i];
      const bool silent = cell.mark() == Mark::silent;
      ++(silent ? place.silent : place.answered);
      if (!silent) {
        place.several = place.several || (place.seen != kNoInterface && place.seen != cell.interface());
        place.seen = cell.interface();
      }
      if (cell.attempt() > 0) ++(silent ? place.silent_again : place.answered_again);
      place.asked.add(questions_of(cell));
    }
  });
}

void Places::count_nearby(PathIndex path) {
  const std::span<const Cell> row = this->path(path);
  for (std::size_t first = 0; first < row.size(); ++first) {
    if (first > 0 && !row[first - 1].answered()) continue;
    for (std::size_t hop = first; hop < row.size() && hop < first + kLongestGap; ++hop) {
      if (!is_settled(row[hop])) continue;
      const auto found = nearby_.find(nearby_key_of(path, first, hop));
      if (found != nearby_.end()) found->second.add(questions_of(row[hop]));
    }
  }
}

// For comparison, what the same paths lost further out. Who never answers tells nothing about the path; and one answer
// is why the path counts here at all: it is no evidence.
void Places::count_behind(PathIndex path) {
  const std::span<const Cell> row = this->path(path);
  std::array<bool, kLongestRow> counts{};
  for (std::size_t i = 0; i < row.size(); ++i) counts[i] = closes_gap(row[i]);
  for_each_gap(row, [&](std::size_t first, std::size_t far) {
    for (std::size_t hop = first; hop < far; ++hop) counts[hop] = at(path, first, far, hop).answered > 0;
  });
  std::array<Count, kLongestRow + 1> behind{};
  for (std::size_t i = row.size(); i-- > 0;) {
    behind[i] = behind[i + 1];
    if (counts[i]) behind[i].add(questions_of(row[i]));
  }
  for_each_known(path, [&](std::span<const Cell> cells, std::span<Place> places, std::size_t first) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      Count further = behind[first + i + 1];
      if (!is_settled(cells[first + i]) || further.answered == 0) continue;
      --further.answered;
      places[i].behind.add(further);
    }
  });
}

}  // namespace isthmus::probes::survey
