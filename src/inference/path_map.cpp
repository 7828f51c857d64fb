#include "isthmus/inference/path_map.hpp"

#include <utility>

#include "inference/path_map_impl.hpp"

namespace isthmus::inference {

PathMap::PathMap(std::shared_ptr<const ip2as::NetworkData> data, Keep keep)
    : impl_(std::make_unique<Impl>(std::move(data), keep)) {}
PathMap::~PathMap() = default;
PathMap::PathMap(PathMap&&) noexcept = default;
PathMap& PathMap::operator=(PathMap&&) noexcept = default;

TargetId PathMap::add_target(const TargetNetwork& network) { return impl_->add_target(network); }
const TargetNetwork& PathMap::network_of(TargetId target) const { return impl_->targets[target].target.network(); }
void PathMap::set_target(TargetId target, const TargetNetwork& network) { impl_->set_target(target, network); }
void PathMap::retain_targets(std::span<const TargetId> targets) { impl_->retain_targets(targets); }
VantageId PathMap::add_vantage(const std::string& name, Asn asn) { return impl_->add_vantage(name, asn); }
const std::string& PathMap::name_of(VantageId vantage) const { return impl_->vantages[vantage].name; }
Asn PathMap::asn_of(VantageId vantage) const { return impl_->vantages[vantage].asn; }

PathMap::Update PathMap::update(const Trace& trace, TargetId target) {
  return impl_->update(trace, Keep::conclusions, target);
}
PathMap::Update PathMap::update_keeping(const Trace& trace, TargetId target) {
  return impl_->update(trace, impl_->keep(), target);
}

std::size_t PathMap::settle(std::size_t paths,
                            const std::function<void(TargetId, const Block&, const Path&)>& changed) {
  return impl_->settle(paths, changed);
}

std::span<const Path> PathMap::paths_of(TargetId target, const Block& block) const {
  const BlockPaths* found = impl_->find(target, block);
  return found == nullptr ? std::span<const Path>{} : std::span<const Path>(found->paths);
}

std::vector<HopView> PathMap::hops_of(TargetId target, const Block& block, const PathKey& key) const {
  const BlockPaths* found = impl_->find(target, block);
  if (found == nullptr) return {};
  const std::size_t at = found->find(key);
  return found->holds(at, key) ? impl_->hops_of(*found, at) : std::vector<HopView>{};
}

std::vector<std::pair<TargetId, Block>> PathMap::blocks() const {
  std::vector<std::pair<TargetId, Block>> result;
  for (const BlockPaths& block : impl_->blocks) {
    if (!block.paths.empty()) result.emplace_back(block.target, block.block);
  }
  return result;
}

std::size_t PathMap::path_count() const { return impl_->path_count; }

void PathMap::erase_if(TargetId target, const Block& block, const std::function<bool(const Path&)>& gone) {
  impl_->erase_if(target, block, gone);
}
void PathMap::erase_block(TargetId target, const Block& block) { impl_->erase_block(target, block); }
void PathMap::set_data(std::shared_ptr<const ip2as::NetworkData> data) { impl_->set_data(std::move(data)); }

}  // namespace isthmus::inference
