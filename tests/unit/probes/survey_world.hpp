#pragma once
// Runs a Survey against the simulated internet in virtual time and judges what it found.

#include <gtest/gtest.h>

#include <algorithm>

#include "isthmus/probes/survey.hpp"
#include "support/internet_simulator.hpp"

namespace isthmus::probes {

inline SurveySettings survey_of(const testing::InternetSimulator& world, SurveySettings::Mode mode, double rate) {
  SurveySettings settings;
  settings.mode = mode;
  settings.targets = world.targets();
  settings.source = IpAddress::v4(0xc0000201);
  settings.rate = rate;
  settings.max_ttl = mode == SurveySettings::Mode::all ? Ttl{16} : Ttl{32};
  for (std::size_t i = 0; i < settings.seed.size(); ++i) settings.seed[i] = static_cast<std::byte>(i * 7 + 1);
  return settings;
}

/// Runs until the survey is finished or `until` probes have left; returns the time.
inline Instant run(Survey& survey, testing::InternetSimulator& world, Instant now,
                   std::uint64_t until = std::numeric_limits<std::uint64_t>::max()) {
  while (!survey.finished() && survey.progress().sent < until) {
    while (const auto arrival = world.receive(now)) survey.handle_packet(arrival->bytes, arrival->at);
    survey.handle_timeout(now);
    for (auto packets = survey.poll_packets(now); !packets.empty(); packets = survey.poll_packets(now)) {
      for (const SurveyPacket& packet : packets) world.send(packet.bytes, now);
    }
    Instant next = survey.next_deadline(now);
    if (const auto arrival = world.next()) next = std::min(next, *arrival);
    now = std::max(next, now + std::chrono::microseconds(20));
  }
  return now;
}

struct Judgement {
  double routers{0};  // share found of what the flows could reveal
  double links{0};
  double hosts{0};
  std::size_t false_routers{0};
  std::size_t false_links{0};
  std::size_t wrong_hops{0};
};

template <typename Set>
double share_of(const Set& found, const Set& truth) {
  const auto hits = std::count_if(found.begin(), found.end(), [&](const auto& one) { return truth.contains(one); });
  return truth.empty() ? 1.0 : static_cast<double>(hits) / static_cast<double>(truth.size());
}

inline void judge_path(const Survey& survey, std::size_t target, std::uint16_t flow,
                       const testing::InternetSimulator& world, Judgement& judgement, std::set<IpAddress>& hosts) {
  const Trace trace = survey.trace(target, FlowId{flow});
  if (trace.stop == StopReason::reached) hosts.insert(trace.destination);
  for (const Hop& hop : trace.hops) {
    const Reply* answer = hop.answer();
    // What was filled in from other paths has no round-trip time.
    if (answer == nullptr || answer->rtt == Duration::zero()) continue;
    const std::set<std::uint32_t>& flows = world.flows_to(trace.destination);
    const bool right = std::any_of(flows.begin(), flows.end(), [&](std::uint32_t hash) {
      return world.at(trace.destination, hash, hop.ttl) == answer->from;
    });
    judgement.wrong_hops += right ? 0 : 1;
  }
}

inline Judgement judge(const Survey& survey, const testing::InternetSimulator& world, std::uint16_t flows = 1) {
  const testing::InternetSimulator::Truth truth = world.truth();
  Judgement judgement;
  std::set<IpAddress> hosts;
  for (std::size_t target = 0; target < survey.targets().size(); ++target) {
    for (std::uint16_t flow = 0; flow < flows; ++flow) judge_path(survey, target, flow, world, judgement, hosts);
  }
  const std::set<IpAddress> routers(survey.interfaces().begin(), survey.interfaces().end());
  std::set<std::pair<IpAddress, IpAddress>> links;
  for (const auto& [near, far] : survey.links()) links.insert({survey.interfaces()[near], survey.interfaces()[far]});
  judgement.routers = share_of(routers, truth.routers);
  judgement.links = share_of(links, truth.links);
  judgement.hosts = share_of(hosts, truth.hosts);
  for (const auto& router : routers) judgement.false_routers += truth.routers.contains(router) ? 0 : 1;
  for (const auto& link : links) judgement.false_links += truth.links.contains(link) ? 0 : 1;
  return judgement;
}

inline void expect_nothing_false(const Judgement& judgement) {
  EXPECT_EQ(judgement.false_routers, 0U);
  EXPECT_EQ(judgement.false_links, 0U);
  EXPECT_EQ(judgement.wrong_hops, 0U);
}

}  // namespace isthmus::probes
