#include "probes/address_book.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::probes {

void AddressBook::set_targets(std::vector<ProbeTarget> targets) {
  targets_ = std::move(targets);
  for (auto& [target, addresses] : found_) {
    std::erase_if(addresses, [&, &name = target](const IpAddress& address) { return !holds(name, address); });
  }
  std::erase_if(found_, [](const auto& entry) { return entry.second.empty(); });
}

bool AddressBook::holds(const std::string& target, const IpAddress& address) const {
  return std::any_of(targets_.begin(), targets_.end(), [&](const ProbeTarget& t) {
    return t.name == target && std::any_of(t.prefixes.begin(), t.prefixes.end(),
                                           [&](const Prefix& prefix) { return prefix.contains(address); });
  });
}

std::vector<IpAddress> AddressBook::known(const std::string& target) const {
  std::set<IpAddress> known;
  for (const ProbeTarget& t : targets_) {
    if (t.name == target) known.insert(t.addresses.begin(), t.addresses.end());
  }
  if (const auto found = found_.find(target); found != found_.end()) {
    known.insert(found->second.begin(), found->second.end());
  }
  return {known.begin(), known.end()};
}

std::vector<Discovery::Range> AddressBook::unknown_ranges() const {
  std::vector<Discovery::Range> ranges;
  for (const ProbeTarget& target : targets_) {
    for (const Prefix& prefix : target.prefixes) {
      if (prefix.family() != Family::ipv4) continue;  // a /48 is too large to be searched
      const auto blocks = blocks_of(prefix);          // checked to succeed by check_settings
      for (const Block& block : *blocks) {
        const Prefix part = prefix.length() > block.prefix.length() ? prefix : block.prefix;
        const bool known = std::any_of(target.addresses.begin(), target.addresses.end(),
                                       [&](const IpAddress& a) { return part.contains(a); });
        if (!known) ranges.push_back({target.name, part});
      }
    }
  }
  return ranges;
}

const std::set<TraceGoal>& AddressBook::choose_traced(const PingEngine& ping, std::size_t per_block) {
  std::set<TraceGoal> goals;
  for (const ProbeTarget& target : targets_) {
    for (const IpAddress& address : choose(target.name, ping, per_block)) goals.insert({target.name, address});
  }
  traced_ = std::move(goals);
  return traced_;
}

// A few addresses of each block: those that answer pings first, then those traced so far, then the lowest. An address
// that stops answering is traced on as long as no other one answers: its block may just have gone dark.
std::vector<IpAddress> AddressBook::choose(const std::string& target, const PingEngine& ping,
                                           std::size_t per_block) const {
  std::map<Block, std::vector<std::pair<int, IpAddress>>> ranked;
  for (const IpAddress& address : known(target)) {
    const int rank = (ping.is_answering(target, address) ? 0 : 2) + (traced_.contains({target, address}) ? 0 : 1);
    ranked[Block::of(address)].emplace_back(rank, address);
  }
  std::vector<IpAddress> chosen;
  for (auto& [block, candidates] : ranked) {
    std::sort(candidates.begin(), candidates.end());
    if (candidates.size() > per_block) candidates.resize(per_block);
    for (const auto& [rank, address] : candidates) chosen.push_back(address);
  }
  return chosen;
}

}  // namespace isthmus::probes
