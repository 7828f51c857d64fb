#include "support/internet/internet.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

constexpr std::uint32_t kCarrierTranslators = 0x64410000;  // 100.65.0.0, in 100.64.0.0/10

}  // namespace

Internet::Internet(const Settings& settings)
    : settings_(settings),
      graph_(build_graph(settings_)),
      plan_(settings_, graph_),
      topology_(settings_, graph_, plan_),
      announcements_(settings_, graph_, plan_, topology_),
      preferences_(make_preferences(settings_, graph_)),
      timeline_(settings_, graph_, plan_),
      habits_(settings_, graph_, topology_) {
  choose_vantages();
  choose_targets();
}

void Internet::choose_vantages() {
  Random random(hash_of(settings_.seed, 0x766974U));
  std::vector<AsIndex> order;
  for (AsIndex as = 0; as < graph_.ases.size(); ++as) {
    if (graph_.ases[as].tier != Tier::tier1 && !announcements_.blocks_of(as).empty()) order.push_back(as);
  }
  random.shuffle(order);
  for (std::uint32_t i = 0; i < std::min<std::size_t>(settings_.vantages, order.size()); ++i) {
    const AsIndex as = order[i];
    const auto blocks = announcements_.blocks_of(as);
    const Block24& block = blocks[random.below(static_cast<std::uint32_t>(blocks.size()))];
    Vantage vantage;
    vantage.name = (i < 9 ? "vp0" : "vp") + std::to_string(i + 1);
    vantage.as = as;
    vantage.router = topology_.access_router(as, block.network);
    vantage.gateway = block.network + 1;
    vantage.address = block.network + random.between(2, 190);
    vantage.announcement = block.announcement;
    vantage.translated = random.chance(settings_.edge.home_translator);
    if (random.chance(settings_.edge.carrier_translator)) {
      vantage.carrier_translator = kCarrierTranslators + random.below(1U << 20);
    }
    vantages_.push_back(std::move(vantage));
  }
}

void Internet::choose_targets() {
  Random random(hash_of(settings_.seed, 0x746172U));
  std::vector<AsIndex> order;
  std::uint64_t available = 0;
  std::uint32_t each = settings_.blocks_per_target;
  for (AsIndex as = 0; as < graph_.ases.size(); ++as) {
    if (graph_.ases[as].tier == Tier::tier1) continue;
    order.push_back(as);
    available += std::min<std::size_t>(each, announcements_.blocks_of(as).size());
  }
  while (available < settings_.target_blocks && each < 65536) {
    each *= 2;
    available = 0;
    for (const AsIndex as : order) available += std::min<std::size_t>(each, announcements_.blocks_of(as).size());
  }
  random.shuffle(order);
  std::vector<std::uint32_t> members(graph_.ases.size());
  for (const As& as : graph_.ases) ++members[as.organisation];
  std::uint32_t left = settings_.target_blocks;
  for (const AsIndex as : order) {
    if (left == 0) break;
    const auto blocks = announcements_.blocks_of(as);
    if (blocks.empty()) continue;
    std::vector<Block24> chosen(blocks.begin(), blocks.end());
    random.shuffle(chosen);
    chosen.resize(std::min<std::size_t>({chosen.size(), each, left}));
    std::ranges::sort(chosen, {}, &Block24::network);
    left -= static_cast<std::uint32_t>(chosen.size());
    targets_.push_back({.name = "as" + to_string(graph_.ases[as].asn),
                        .as = as,
                        .asn = graph_.ases[as].asn,
                        .tier = graph_.ases[as].tier,
                        .has_siblings = members[graph_.ases[as].organisation] > 1,
                        .blocks = std::move(chosen)});
  }
}

}  // namespace isthmus::testing::internet
