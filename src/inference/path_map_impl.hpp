#pragma once
// The inside of PathMap. Belongs to its thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inference/block_paths.hpp"
#include "inference/interface_table.hpp"
#include "inference/target.hpp"
#include "inference/witnesses.hpp"
#include "isthmus/inference/path_map.hpp"

namespace isthmus::inference {

class PathMap::Impl {
 public:
  Impl(std::shared_ptr<const ip2as::NetworkData> data, Keep keep)
      : data_(std::move(data)), keep_(keep), interfaces_(*data_) {}

  TargetId add_target(const TargetNetwork& network);
  void set_target(TargetId target, const TargetNetwork& network);
  void retain_targets(std::span<const TargetId> kept);
  VantageId add_vantage(const std::string& name, Asn asn);
  Update update(const Trace& trace, Keep keep, TargetId target);
  std::size_t settle(std::size_t paths, const std::function<void(TargetId, const Block&, const Path&)>& changed);
  void erase_if(TargetId target, const Block& block, const std::function<bool(const Path&)>& gone);
  void erase_block(TargetId target, const Block& block);
  void set_data(std::shared_ptr<const ip2as::NetworkData> data);

  [[nodiscard]] const BlockPaths* find(TargetId target, const Block& block) const;
  [[nodiscard]] std::vector<HopView> hops_of(const BlockPaths& block, std::size_t path) const;

  struct TargetRecord {
    Target target;
    Witnesses witnesses;
  };
  struct Vantage {
    std::string name;
    Asn asn;
  };
  std::deque<TargetRecord> targets;  // Stable addresses.
  std::vector<Vantage> vantages;
  std::vector<BlockPaths> blocks;  // Erased ones stay empty until their place is needed.
  std::size_t path_count{0};
  [[nodiscard]] Keep keep() const { return keep_; }

 private:
  struct BlockKey {
    TargetId target;
    Block block;
    friend bool operator==(const BlockKey&, const BlockKey&) = default;
  };
  struct BlockKeyHash {
    std::size_t operator()(const BlockKey& key) const noexcept {
      return std::hash<Block>{}(key.block) ^ (std::size_t{key.target} * 0x9E3779B97F4A7C15U);
    }
  };

  BlockPaths& block_of(TargetId target, const Block& block);
  [[nodiscard]] WitnessId witness_of(VantageId vantage) const;
  // Takes a path into what interfaces and targets know of all traces, or out of it.
  void count(const SeenPath& path, const Target& target, bool in);
  void testify(BlockPaths& block, std::size_t path, Asn upstream);
  // What the path says now, in two steps: between them it takes its place among those that died.
  struct Draft {
    LastHop hop;
    Clues clues;
  };
  [[nodiscard]] Draft draft(BlockPaths& block, std::size_t path);
  void conclude(BlockPaths& block, std::size_t path, const Draft& draft);
  void withdraw(BlockPaths& block, std::size_t path);
  void clear(BlockPaths& block);

  std::shared_ptr<const ip2as::NetworkData> data_;
  Keep keep_;
  InterfaceTable interfaces_;
  std::map<std::pair<std::string, Asn>, std::vector<TargetId>> target_ids_;
  std::map<std::string, VantageId, std::less<>> vantage_ids_;
  boost::unordered_flat_map<BlockKey, std::uint32_t, BlockKeyHash> block_ids_;
  std::size_t settled_block_{0};  // Where settle() goes on.
  std::size_t settled_path_{0};
};

}  // namespace isthmus::inference
