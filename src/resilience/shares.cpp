#include "resilience/shares.hpp"

#include <algorithm>
#include <tuple>

namespace isthmus::resilience {
namespace {

constexpr std::size_t index_of(Estimand estimand) { return static_cast<std::size_t>(estimand); }

double units_of(Mass mass) { return static_cast<double>(mass) / static_cast<double>(kUnit); }

// How often each of a handful of keys was seen.
template <typename Key>
class Frequencies {
 public:
  void add(const Key& key) {
    const auto found = std::ranges::find(seen_, key, &Seen::key);
    found == seen_.end() ? seen_.push_back({key, 1}) : void(++found->count);
  }
  [[nodiscard]] Mass of(const Key& key) const {
    const auto found = std::ranges::find(seen_, key, &Seen::key);
    return found == seen_.end() ? 0 : found->count;
  }

 private:
  struct Seen {
    Key key;
    Mass count;
  };
  std::vector<Seen> seen_;
};

}  // namespace

ShareTally::Entry& ShareTally::at(Asn witness, Asn upstream) {
  const auto key = std::tuple(witness, upstream);
  const auto found = std::ranges::lower_bound(
      entries_, key, {}, [](const Entry& entry) { return std::tuple(entry.witness, entry.upstream); });
  if (found != entries_.end() && std::tuple(found->witness, found->upstream) == key) return *found;
  return *entries_.insert(found, Entry{.witness = witness, .upstream = upstream});
}

void ShareTally::count(Asn witness, Asn upstream, const std::array<Mass, kEstimands>& mass) {
  Entry& entry = at(witness, upstream);
  for (std::size_t i = 0; i < kEstimands; ++i) entry.mass[i] += mass[i];
}

void ShareTally::count_unit(Asn witness, Asn upstream, Confidence best) {
  ++at(witness, upstream).units[best == Confidence::a ? 0 : 1];
}

void ShareTally::combine(const ShareTally& other, int sign) {
  for (const Entry& theirs : other.entries_) {
    Entry& ours = at(theirs.witness, theirs.upstream);
    for (std::size_t i = 0; i < kEstimands; ++i) ours.mass[i] += sign * theirs.mass[i];
    for (std::size_t i = 0; i < ours.units.size(); ++i) {
      ours.units[i] += static_cast<std::uint32_t>(sign) * theirs.units[i];
    }
  }
}

void ShareTally::add(const ShareTally& other) { combine(other, +1); }

void ShareTally::subtract(const ShareTally& other) {
  combine(other, -1);
  std::erase_if(entries_, [](const Entry& entry) { return entry.mass == decltype(entry.mass){}; });
}

std::vector<Asn> ShareTally::upstreams() const {
  std::vector<Asn> found;
  for (const Entry& entry : entries_) {
    if (!entry.upstream.is_none()) found.push_back(entry.upstream);
  }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::uint32_t ShareTally::units(Asn upstream) const {
  std::uint32_t sum = 0;
  for (const Entry& entry : entries_) {
    if (entry.upstream == upstream) sum += entry.units[0] + entry.units[1];
  }
  return sum;
}

Confidence ShareTally::confidence(Asn upstream) const {
  Confidence best = Confidence::c;
  for (const Entry& entry : entries_) {
    if (entry.upstream != upstream) continue;
    if (entry.units[1] > 0) best = std::min(best, Confidence::b);
    if (entry.units[0] > 0) best = Confidence::a;
  }
  return best;
}

double ShareTally::carried(Estimand estimand, Asn upstream) const {
  Mass sum = 0;
  for (const Entry& entry : entries_) sum += entry.upstream == upstream ? entry.mass[index_of(estimand)] : 0;
  return units_of(sum);
}

double ShareTally::all(Estimand estimand) const {
  Mass sum = 0;
  for (const Entry& entry : entries_) sum += entry.mass[index_of(estimand)];
  return units_of(sum);
}

double ShareTally::unknown_share(Estimand estimand) const {
  const double units = all(estimand);
  return units > 0 ? carried(estimand, Asn{}) / units : 1;
}

double ShareTally::effective_upstreams(Estimand estimand) const {
  double known = 0;
  double squares = 0;
  for (const Asn upstream : upstreams()) {
    const double mass = carried(estimand, upstream);
    known += mass;
    squares += mass * mass;
  }
  return squares > 0 ? known * known / squares : 0;
}

std::vector<WitnessShare> ShareTally::witnesses(Estimand estimand, Asn upstream) const {
  std::vector<WitnessShare> result;
  Asn latest;
  for (const Entry& entry : entries_) {
    const double mass = units_of(entry.mass[index_of(estimand)]);
    if (mass == 0) continue;
    if (result.empty() || entry.witness != latest) result.emplace_back();
    latest = entry.witness;
    result.back().units += mass;
    if (entry.upstream.is_none()) result.back().unknown += mass;
    if (!upstream.is_none() && entry.upstream == upstream) result.back().carried += mass;
  }
  return result;
}

ShareTally tally_block(std::span<const inference::Path> paths,
                       const std::function<std::optional<Asn>(inference::VantageId)>& vantage_asn,
                       std::span<const Asn> valid_asns, const std::function<bool(Asn)>& counts) {
  struct Flow {
    Asn witness;
    Asn upstream;
    const inference::Path* path;
  };
  std::vector<Flow> flows;
  flows.reserve(paths.size());
  Frequencies<Asn> of_witness;
  Frequencies<IpAddress> of_address;
  for (const inference::Path& path : paths) {
    const auto witness = vantage_asn(path.key.vantage);
    if (!witness) continue;
    const inference::LastHop& hop = path.last_hop;
    flows.push_back({*witness, hop.conclusive() && counts(*hop.upstream) ? *hop.upstream : Asn{}, &path});
    of_witness.add(*witness);
    of_address.add(path.key.address);
  }
  ShareTally tally;
  struct Unit {
    Asn witness;
    Asn upstream;
    Confidence best;
  };
  std::vector<Unit> units;
  for (const Flow& flow : flows) {
    const bool valid = std::ranges::find(valid_asns, flow.witness) != valid_asns.end();
    tally.count(
        flow.witness, flow.upstream,
        {valid ? kUnit / of_witness.of(flow.witness) : 0, kUnit / of_address.of(flow.path->key.address), kUnit});
    if (flow.upstream.is_none()) continue;
    const auto same = [&](const Unit& unit) { return unit.witness == flow.witness && unit.upstream == flow.upstream; };
    const auto known = std::ranges::find_if(units, same);
    const Confidence confidence = flow.path->last_hop.confidence;
    known == units.end() ? units.push_back({flow.witness, flow.upstream, confidence})
                         : void(known->best = std::min(known->best, confidence));
  }
  for (const Unit& unit : units) tally.count_unit(unit.witness, unit.upstream, unit.best);
  for (const Asn asn : valid_asns) {
    if (of_witness.of(asn) == 0) tally.count(asn, Asn{}, {kUnit, 0, 0});
  }
  return tally;
}

}  // namespace isthmus::resilience
