#include "probes/address_book.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::probes {
namespace {

// Remembered from before a restart: counts from the first look at it.
constexpr Instant kNoSign = Instant::min();

}  // namespace

void AddressBook::set_targets(std::vector<ProbeTarget> targets) {
  targets_ = std::move(targets);
  for (auto& [target, addresses] : found_) {
    std::erase_if(addresses, [&, &name = target](const auto& found) { return !holds(name, found.first); });
  }
  for (ProbeTarget& target : targets_) {
    std::set<Block> given;
    for (const IpAddress& address : target.addresses) given.insert(Block::of(address));
    for (const IpAddress& address : std::exchange(target.remembered, {})) {
      // Where addresses are given nothing is searched: what is remembered there was given once, and was taken out.
      if (given.contains(Block::of(address)) || !holds(target.name, address)) continue;
      found_[target.name].emplace(address, kNoSign);
    }
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
    for (const auto& [address, sign] : found->second) known.insert(address);
  }
  return {known.begin(), known.end()};
}

void AddressBook::note_answers(const PingEngine& ping, Instant now) {
  for (auto& [target, addresses] : found_) {
    for (auto& [address, sign] : addresses) {
      if (sign == kNoSign) sign = now;
      sign = std::max(sign, ping.last_answer(target, address));
    }
  }
}

// Where nobody answers any more the block may be dark, and its addresses are the ones that will tell when it is back.
bool AddressBook::forget_silent(const PingEngine& ping, Duration after, Instant now) {
  note_answers(ping, now);
  bool forgot = false;
  for (auto& [target, addresses] : found_) {
    std::set<Block> alive;
    for (const auto& [address, sign] : addresses) {
      if (now - sign < after / 2) alive.insert(Block::of(address));
    }
    const std::size_t removed = std::erase_if(addresses, [&](const auto& found) {
      return now - found.second >= after && alive.contains(Block::of(found.first));
    });
    forgot = forgot || removed > 0;
  }
  return forgot;
}

std::vector<Discovery::Census> AddressBook::census(Duration lately, Instant now) const {
  std::vector<Discovery::Census> all;
  const std::map<IpAddress, Instant> none;
  for (const ProbeTarget& target : targets_) {
    std::vector<IpAddress> given = target.addresses;
    std::sort(given.begin(), given.end());
    const auto found = found_.find(target.name);
    const auto& addresses = found != found_.end() ? found->second : none;
    for (const Prefix& prefix : target.prefixes) {
      if (prefix.family() != Family::ipv4) continue;  // a /48 is too large to be searched
      const auto blocks = blocks_of(prefix);          // checked to succeed by check_settings
      for (const Block& block : *blocks) {
        const Prefix part = prefix.length() > block.prefix.length() ? prefix : block.prefix;
        const auto known = std::lower_bound(given.begin(), given.end(), part.address());
        if (known != given.end() && part.contains(*known)) continue;
        Discovery::Census& census = all.emplace_back(Discovery::Census{{target.name, part}, {}});
        for (auto at = addresses.lower_bound(part.address()); at != addresses.end() && part.contains(at->first); ++at) {
          if (at->second == kNoSign || now - at->second < lately) census.live.push_back(at->first);
        }
      }
    }
  }
  return all;
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
