#include "support/internet/score.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <tuple>

namespace isthmus::testing::internet {
namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void append_row(std::string& text, const std::string& label, std::span<const Count* const> counts) {
  char cell[64];
  std::snprintf(cell, sizeof cell, "%-22s", label.c_str());
  text += cell;
  for (const Count* count : counts) {
    if (count == nullptr || count->total() == 0) {
      text += "                         -";
      continue;
    }
    std::snprintf(cell, sizeof cell, " %8llu %7.2f%% %7.2f%%", static_cast<unsigned long long>(count->total()),
                  100 * count->accuracy(), 100 * count->decided_share());
    text += cell;
  }
  text += "\n";
}

}  // namespace

double Count::accuracy() const { return ratio(correct, decided()); }
double Count::decided_share() const { return ratio(decided(), total()); }

std::vector<Unit> units_of(const Campaign& campaign, const CampaignSettings& settings) {
  std::map<std::tuple<std::size_t, std::uint32_t, std::uint32_t, std::uint32_t>, std::size_t> places;
  std::vector<Unit> units;
  for (std::uint32_t i = 0; i < campaign.traces.size(); ++i) {
    const TruthOfTrace& truth = campaign.truth[i];
    const auto round = static_cast<std::size_t>(std::ranges::upper_bound(settings.rounds, campaign.traces[i].started) -
                                                settings.rounds.begin());
    const auto [place, is_new] = places.try_emplace({round, truth.target, truth.block, truth.vantage}, units.size());
    if (is_new) units.push_back({.target = truth.target, .block = truth.block, .vantage = truth.vantage});
    Unit& unit = units[place->second];
    unit.traces.push_back(i);
    if (truth.upstream.is_none()) continue;
    const auto at = std::ranges::lower_bound(unit.upstreams, truth.upstream, {}, &std::pair<Asn, std::uint32_t>::first);
    if (at != unit.upstreams.end() && at->first == truth.upstream) {
      ++at->second;
    } else {
      unit.upstreams.insert(at, {truth.upstream, 1});
    }
  }
  return units;
}

std::vector<std::string> traits_of(const Target& target, const Block24& block) {
  std::vector<std::string> traits{target.tier == Tier::stub ? "stub" : "transit"};
  const auto add = [&](bool applies, const char* name) {
    if (applies) traits.emplace_back(name);
  };
  add(target.has_siblings, "siblings");
  add(block.traits.provider_space && !block.traits.holder_silent, "provider space");
  add(block.traits.holder_silent, "unannounced part");
  add(block.traits.dual_origin, "dual origin");
  add(block.traits.sibling_origin, "sibling origin");
  add(block.traits.selective, "selective");
  add(block.traits.leased, "leased");
  add(block.traits.sub_allocated, "sub-allocated");
  return traits;
}

Score::Score(const Internet& internet) : internet_(internet) {
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) index_[internet.asn(as).number] = as;
}

bool Score::is_sibling(Asn named, Asn truth) const {
  const auto one = index_.find(named.number);
  const auto other = index_.find(truth.number);
  return one != index_.end() && other != index_.end() && internet_.same_organisation(one->second, other->second);
}

void Score::count(Verdict verdict, std::uint32_t target, std::uint32_t block, const std::string& group) {
  const auto into = [verdict](Count& count) {
    count.correct += verdict == Verdict::correct ? 1 : 0;
    count.wrong += verdict == Verdict::wrong || verdict == Verdict::sibling ? 1 : 0;
    count.sibling += verdict == Verdict::sibling ? 1 : 0;
    count.undecided += verdict == Verdict::undecided ? 1 : 0;
  };
  into(all_);
  into(by_target_[target]);
  if (!group.empty()) into(by_group_[group]);
  const Target& watched = internet_.targets()[target];
  for (const std::string& trait : traits_of(watched, watched.blocks[block])) into(by_trait_[trait]);
}

void Score::add(const TruthOfTrace& truth, const Answer& answer) {
  if (truth.upstream.is_none() && !answer.upstream) return;
  Verdict verdict = Verdict::wrong;
  if (!answer.upstream) {
    verdict = Verdict::undecided;
  } else if (*answer.upstream == truth.upstream) {
    verdict = Verdict::correct;
  } else if (!truth.upstream.is_none() && is_sibling(*answer.upstream, truth.upstream)) {
    verdict = Verdict::sibling;
  }
  count(verdict, truth.target, truth.block, answer.group);
}

void Score::add(const Unit& unit, std::span<const Answer> answers) {
  std::set<Asn> named;
  for (const Answer& answer : answers) {
    if (answer.upstream) named.insert(*answer.upstream);
  }
  if (named.empty() && unit.upstreams.empty()) return;
  const std::string group = answers.empty() ? "" : answers.front().group;
  Verdict verdict = named.empty() ? Verdict::undecided : Verdict::correct;
  for (const Asn asn : named) {
    const auto is_true = [asn](const auto& upstream) { return upstream.first == asn; };
    if (std::ranges::any_of(unit.upstreams, is_true)) continue;
    const bool sibling = std::ranges::any_of(unit.upstreams, [&](const auto& u) { return is_sibling(asn, u.first); });
    if (verdict != Verdict::wrong) verdict = sibling ? Verdict::sibling : Verdict::wrong;
  }
  for (const auto& upstream : unit.upstreams) missed_ += named.empty() || named.contains(upstream.first) ? 0 : 1;
  count(verdict, unit.target, unit.block, group);
}

double Score::bad_targets() const {
  const auto bad = std::ranges::count_if(by_target_, [](const auto& entry) {
    return entry.second.wrong * 10 >= entry.second.decided() && entry.second.wrong > 0;
  });
  return ratio(static_cast<std::uint64_t>(bad), by_target_.size());
}

std::string table(std::span<const std::pair<std::string, const Score*>> scores) {
  std::string text = std::string(22, ' ');
  char cell[64];
  for (const auto& [name, score] : scores) {
    std::snprintf(cell, sizeof cell, " %26s", name.c_str());
    text += cell;
  }
  text += "\n" + std::string(22, ' ');
  for (std::size_t i = 0; i < scores.size(); ++i) text += "        n   correct  decided";
  text += "\n";
  std::set<std::string> traits;
  std::set<std::string> groups;
  std::vector<const Count*> row;
  for (const auto& [name, score] : scores) {
    row.push_back(&score->all());
    for (const auto& entry : score->by_trait()) traits.insert(entry.first);
    for (const auto& entry : score->by_group()) groups.insert(entry.first);
  }
  append_row(text, "all", row);
  const auto rows = [&](const std::set<std::string>& labels, auto counts_of) {
    for (const std::string& label : labels) {
      std::vector<const Count*> counts;
      for (const auto& [name, score] : scores) {
        const auto& map = counts_of(*score);
        const auto found = map.find(label);
        counts.push_back(found == map.end() ? nullptr : &found->second);
      }
      append_row(text, "  " + label, counts);
    }
  };
  rows(
      groups, [](const Score& score) -> const auto& { return score.by_group(); });
  rows(
      traits, [](const Score& score) -> const auto& { return score.by_trait(); });
  return text;
}

}  // namespace isthmus::testing::internet
