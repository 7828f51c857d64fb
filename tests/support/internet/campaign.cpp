#include "support/internet/campaign.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

enum Draw : std::uint64_t { kAddressDraw = 0x6164, kFlowDraw = 0x666C, kTimeDraw = 0x7469, kChangeDraw = 0x6368 };

class Round {
 public:
  Round(const Internet& internet, const CampaignSettings& settings, Timestamp start, const TraceSink& sink)
      : internet_(internet),
        settings_(settings),
        start_(start),
        sink_(sink),
        outages_(internet.timeline().outages_at(start)),
        routes_(internet.graph(), internet.preferences()),
        forwarding_(internet.settings(), internet.graph(), internet.topology()),
        lineup_(internet, outages_),
        other_lineup_(internet, outages_),
        prober_(internet, settings.probes) {}

  void run() {
    for (std::uint32_t t = 0; t < internet_.targets().size(); ++t) {
      const Target& target = internet_.targets()[t];
      for (std::uint32_t b = 0; b < target.blocks.size(); ++b) trace_block(t, b);
    }
  }

 private:
  void trace_block(std::uint32_t t, std::uint32_t b) {
    const Target& target = internet_.targets()[t];
    const Block24& block = target.blocks[b];
    announcement_ = usable_announcement(block);
    if (announcement_ != computed_) {
      routes_.compute(internet_.announcements().all()[announcement_], outages_);
      computed_ = announcement_;
    }
    for (std::uint32_t v = 0; v < internet_.vantages().size(); ++v) {
      for (std::uint32_t a = 0; a < settings_.addresses_per_block; ++a) {
        const std::uint64_t hash = hash_of(internet_.settings().seed, kAddressDraw, block.network, a);
        const std::uint32_t destination = block.network + 2 + below(hash, 188);
        for (std::uint16_t f = 0; f < settings_.flows; ++f) trace_flow(t, b, v, destination, FlowId{f});
      }
    }
  }

  // A route that nobody hears any more is covered by the shorter one.
  [[nodiscard]] std::uint32_t usable_announcement(const Block24& block) const {
    if (block.fallback == kNone) return block.announcement;
    return internet_.announcements().is_alive(block.announcement, outages_) ? block.announcement : block.fallback;
  }

  void trace_flow(std::uint32_t t, std::uint32_t b, std::uint32_t v, std::uint32_t destination, FlowId flow) {
    const Target& target = internet_.targets()[t];
    const Block24& block = target.blocks[b];
    const Vantage& vantage = internet_.vantages()[v];
    const std::uint64_t seed = internet_.settings().seed;
    const std::uint64_t hash = hash_of(seed, kFlowDraw, vantage.address, destination, flow.value);
    const Destination to{.holder = block.holder, .network = block.network, .anywhere = block.traits.sibling_origin};
    forwarding_.find(vantage.router, to, routes_, announcement_, outages_, hash, way_);
    const auto offset = below(hash_of(seed, kTimeDraw, v, destination, flow.value), 1'000'000);
    const Errand errand{.vantage = &vantage,
                        .vantage_index = v,
                        .target = &target,
                        .block = &block,
                        .destination = destination,
                        .flow = flow,
                        .started = start_ + settings_.round_length / 1'000'000 * offset};
    lineup_.line_up(errand, way_);
    if (happens(hash_of(seed, kChangeDraw, hash), internet_.settings().replies.path_changes)) change_path(errand, to);
    TruthOfTrace truth{.vantage = v, .target = t, .block = b, .arrives = way_.arrives};
    Trace trace = prober_.trace(errand, lineup_, truth.hop_operator);
    fill(truth, trace, target);
    sink_(std::move(trace), std::move(truth));
  }

  // Up to some TTL the trace shows where the flow went before: another choice of every balancer on the way.
  void change_path(const Errand& errand, const Destination& to) {
    const std::uint64_t hash = hash_of(internet_.settings().seed, kChangeDraw, errand.destination, errand.flow.value);
    Way before;
    forwarding_.find(errand.vantage->router, to, routes_, announcement_, outages_, hash, before);
    other_lineup_.line_up(errand, before);
    lineup_.change_at(2 + static_cast<int>(below(mixed(hash), static_cast<std::uint32_t>(lineup_.length()))),
                      other_lineup_);
  }

  void fill(TruthOfTrace& truth, const Trace& trace, const Target& target) const {
    for (const AsIndex as : way_.ases) truth.as_path.push_back(internet_.asn(as));
    for (const Step& step : way_.steps) truth.routers.push_back(step.router);
    if (!way_.arrives) return;
    std::size_t entry = way_.ases.size();
    while (entry > 0 && internet_.same_organisation(way_.ases[entry - 1], target.as)) --entry;
    if (entry == 0) return;
    truth.upstream = truth.as_path[entry - 1];
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      const bool behind = std::find(truth.as_path.begin() + static_cast<std::ptrdiff_t>(entry) - 1, truth.as_path.end(),
                                    truth.hop_operator[i]) != truth.as_path.end();
      truth.seen = truth.seen || (behind && trace.hops[i].answer() != nullptr);
    }
  }

  const Internet& internet_;
  const CampaignSettings& settings_;
  Timestamp start_;
  const TraceSink& sink_;
  Outages outages_;
  Routes routes_;
  Forwarding forwarding_;
  Lineup lineup_;
  Lineup other_lineup_;
  Prober prober_;
  Way way_;
  std::uint32_t announcement_{kNone};
  std::uint32_t computed_{kNone};
};

}  // namespace

void for_each_trace(const Internet& internet, const CampaignSettings& settings, const TraceSink& sink) {
  for (const Timestamp start : settings.rounds) Round(internet, settings, start, sink).run();
}

Campaign trace_all(const Internet& internet, const CampaignSettings& settings) {
  Campaign campaign;
  for_each_trace(internet, settings, [&](Trace&& trace, TruthOfTrace&& truth) {
    campaign.traces.push_back(std::move(trace));
    campaign.truth.push_back(std::move(truth));
  });
  return campaign;
}

}  // namespace isthmus::testing::internet
