#include "probes/address_book.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::probes {
namespace {

// Remembered from before a restart: counts from the first look at it.
constexpr Instant kNoSign = Instant::min();

constexpr int kTurnsToSilent = 3;

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
    std::map<Block, std::vector<IpAddress>> blocks;
    for (const IpAddress& address : known(target.name)) blocks[Block::of(address)].push_back(address);
    for (const auto& [block, addresses] : blocks) {
      for (const IpAddress& address : choose(target.name, addresses, ping, per_block)) {
        goals.insert({target.name, address});
      }
    }
  }
  traced_ = std::move(goals);
  return traced_;
}

// A few addresses of a block: those that answer pings first, then those traced so far, then the lowest. An address that
// stops answering is traced on as long as no other one answers: its block may just have gone dark. And for some turns
// more: paths to another address are new ones, all of which have to be traced.
std::vector<IpAddress> AddressBook::choose(const std::string& target, const std::vector<IpAddress>& addresses,
                                           const PingEngine& ping, std::size_t per_block) const {
  const auto of_target = found_.find(target);
  const auto last_sign = [&](const IpAddress& address) {
    const Instant answered = ping.last_answer(target, address);
    if (of_target == found_.end()) return answered;
    const auto found = of_target->second.find(address);
    return found == of_target->second.end() ? answered : std::max(answered, found->second);
  };
  Instant latest = kNoSign;
  for (const IpAddress& address : addresses) latest = std::max(latest, last_sign(address));
  const Duration patience = kTurnsToSilent * ping.turn(addresses.size());
  std::vector<std::pair<int, IpAddress>> ranked;
  for (const IpAddress& address : addresses) {
    const Instant last = last_sign(address);
    const bool answers = ping.is_answering(target, address) || (last != kNoSign && latest - last < patience);
    ranked.emplace_back((answers ? 0 : 2) + (traced_.contains({target, address}) ? 0 : 1), address);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<IpAddress> chosen;
  for (const auto& [rank, address] : ranked) {
    if (chosen.size() < per_block) chosen.push_back(address);
  }
  return chosen;
}

}  // namespace isthmus::probes
