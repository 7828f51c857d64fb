#include "app/partitioning.hpp"

#include <algorithm>
#include <utility>

#include "isthmus/fleet/settings.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kLeastRehearsal = std::chrono::minutes(10);
// Of probing that looks once a day: what is read at a start must not take as long.
constexpr Duration kLongestRehearsal = std::chrono::hours(2);
constexpr int kRoundsOfPings = 20;

}  // namespace

resilience::CoreSettings settings_of_partition(const resilience::CoreSettings& whole, std::uint32_t partition,
                                               std::uint32_t partitions) {
  resilience::CoreSettings settings = whole;
  std::erase_if(settings.targets, [&](const resilience::TargetSettings& target) {
    return fleet::partition_of(target.network.name, partitions) != partition;
  });
  return settings;
}

std::vector<PartitionCore::Start> starts_of(const config::PartitionRange& range, const resilience::CoreSettings& whole,
                                            const std::shared_ptr<const ip2as::NetworkData>& data, Stored stored,
                                            const std::vector<store::StreamProgress>& progress) {
  std::vector<PartitionCore::Start> starts;
  for (std::uint32_t partition = range.first; partition <= range.last; ++partition) {
    const auto is_other = [&](const auto& item) {
      const std::string& name = item.name;
      return fleet::partition_of(name, range.of) != partition;
    };
    PartitionCore::Start& start = starts.emplace_back();
    start.partition = partition;
    start.settings = settings_of_partition(whole, partition, range.of);
    start.data = data;
    start.baseline = stored.baseline;
    std::erase_if(start.baseline.targets, is_other);
    std::vector<resilience::DayRecord> days = stored.days;
    std::erase_if(days, [&](const auto& day) { return fleet::partition_of(day.target, range.of) != partition; });
    start.days = resilience::DayBook(std::move(days), stored.alive);
    const auto found = std::ranges::find(progress, partition, &store::StreamProgress::partition);
    if (found != progress.end()) start.progress = *found;
    start.speaks_for_vantages = partition == fleet::kSpeakingPartition;
    start.remembers_vantages = partition == range.first;
  }
  return starts;
}

StreamCoreRunner::Reconfiguration reconfiguration_of(const config::PartitionRange& range,
                                                     const resilience::CoreSettings& whole,
                                                     std::shared_ptr<const ip2as::NetworkData> data) {
  StreamCoreRunner::Reconfiguration changed;
  for (const resilience::TargetSettings& target : whole.targets) changed.targets.push_back(target.network.name);
  for (std::uint32_t partition = range.first; partition <= range.last; ++partition) {
    changed.settings.emplace_back(partition, settings_of_partition(whole, partition, range.of));
  }
  changed.data = std::move(data);
  return changed;
}

Duration rehearsal_for(const config::ProbingConfig& probing) {
  const Duration wanted = std::max(kRoundsOfPings * probing.ping.interval, 2 * probing.trace.interval);
  return std::clamp(wanted, kLeastRehearsal, kLongestRehearsal);
}

}  // namespace isthmus::app
