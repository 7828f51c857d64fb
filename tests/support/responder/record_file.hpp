#pragma once
// What a responder was asked, kept for the evaluator: the world, then one FlowRecord per block, as they lie in memory.
// Written and read by the same build on the same machine, so there is no format to version. Any thread.

#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "world.h"

namespace isthmus::responder {

inline constexpr WorldSettings kDefaultWorld{.seed = 1,
                                             .blocks = kMaxBlocks,
                                             .ases = kMaxAses,
                                             .silent_router_percent = 10,
                                             .silent_host_percent = 30,
                                             .limited_router_percent = 0,
                                             .limit_per_second = 100,
                                             .limit_burst = 50};

inline void write_record_file(const std::string& path, const WorldSettings& world,
                              const std::vector<FlowRecord>& flows) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&world), sizeof world);
  file.write(reinterpret_cast<const char*>(flows.data()), static_cast<std::streamsize>(flows.size() * sizeof flows[0]));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

inline std::pair<WorldSettings, std::vector<FlowRecord>> read_record_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  WorldSettings world{};
  file.read(reinterpret_cast<char*>(&world), sizeof world);
  if (!file || world.blocks > kMaxBlocks) throw std::runtime_error("cannot read a world from " + path);
  std::vector<FlowRecord> flows(world.blocks);
  file.read(reinterpret_cast<char*>(flows.data()), static_cast<std::streamsize>(flows.size() * sizeof flows[0]));
  if (!file) throw std::runtime_error(path + " ends too early");
  return {world, std::move(flows)};
}

}  // namespace isthmus::responder
