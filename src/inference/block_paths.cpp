#include "inference/block_paths.hpp"

#include <algorithm>

namespace isthmus::inference {
namespace {

constexpr std::uint32_t kSilentTraces = 3;
constexpr std::size_t kSilentFlows = 2;

// A refused or looping trace names no upstream, so it is not among them.
bool died_in_silence(const Path& path) {
  const LastHop& hop = path.last_hop;
  return hop.upstream && hop.router && (hop.rule == Rule::unreached || hop.rule == Rule::silent);
}

}  // namespace

std::size_t BlockPaths::find(const PathKey& key) const {
  const auto at = std::ranges::lower_bound(paths, key, {}, &Path::key);
  return static_cast<std::size_t>(at - paths.begin());
}

void BlockPaths::insert(std::size_t at, const PathKey& key) {
  const auto offset = static_cast<std::ptrdiff_t>(at);
  paths.insert(paths.begin() + offset, Path{.key = key});
  seen.insert(seen.begin() + offset, SeenPath{});
  testimony.insert(testimony.begin() + offset, Asn{});
}

void BlockPaths::erase(std::size_t at) {
  const auto offset = static_cast<std::ptrdiff_t>(at);
  paths.erase(paths.begin() + offset);
  seen.erase(seen.begin() + offset);
  testimony.erase(testimony.begin() + offset);
}

bool has_silent_border(const BlockPaths& block, std::size_t path) {
  if (block.ever_reached || !died_in_silence(block.paths[path])) return false;
  const LastHop& here = block.paths[path].last_hop;
  std::uint32_t traces = 0;
  std::size_t flows = 0;
  for (const Path& other : block.paths) {
    if (!died_in_silence(other)) continue;
    const bool alike = here.clues.has(Clue::provider) ? other.last_hop.upstream == here.upstream
                                                      : other.last_hop.router == here.router;
    if (!alike) continue;
    traces += other.repeats;
    ++flows;
  }
  return traces >= kSilentTraces && flows >= kSilentFlows;
}

}  // namespace isthmus::inference
