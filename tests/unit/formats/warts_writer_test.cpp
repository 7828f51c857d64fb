#include "isthmus/formats/warts.hpp"

#include <gtest/gtest.h>

#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"
#include "unit/formats/warts_sample.hpp"

namespace isthmus::formats {
namespace {

using test::ip;

test::Archive read_back(const std::vector<Observation>& observations) {
  return test::read_text(test::to_warts(observations));
}

TEST(WartsWriter, TracesComeBackAsTheyWere) {
  const std::vector<Observation> written = test::warts_traces();
  const auto archive = read_back(written);
  ASSERT_EQ(archive.observations.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) EXPECT_EQ(archive.observations[i], written[i]) << "trace " << i;
  EXPECT_EQ(archive.summary.bad, 0u);
}

TEST(WartsWriter, PingsComeBackAsTheyWere) {
  const std::vector<Observation> written = test::warts_pings();
  const auto archive = read_back(written);
  ASSERT_EQ(archive.observations.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) EXPECT_EQ(archive.observations[i], written[i]) << "series " << i;
}

TEST(WartsReader, NoProbeLeavesBeforeTheOneAheadOfIt) {
  PingSeries series = std::get<PingSeries>(test::warts_pings().front());
  series.outcomes.resize(1);
  series.outcomes.resize(3, series.outcomes.front());
  series.outcomes[1].sent -= std::chrono::seconds(5);
  const auto archive = read_back({series});
  EXPECT_TRUE(archive.observations.empty());
  EXPECT_EQ(archive.summary.bad, 1u);
}

TEST(WartsReader, TimesOfLostProbesAreEstimatesBetweenThoseOfOthers) {
  PingSeries series = std::get<PingSeries>(test::warts_pings().front());
  series.outcomes.resize(1);
  series.outcomes.resize(4, series.outcomes.front());
  const Timestamp start = series.outcomes[0].sent;
  const int seconds[] = {0, 1, 2, 100};
  for (int i = 0; i < 4; ++i)
    series.outcomes[static_cast<std::size_t>(i)].sent = start + std::chrono::seconds(seconds[i]);
  series.outcomes[1].outcome = TimedOut{};
  const auto archive = read_back({series});
  ASSERT_EQ(archive.observations.size(), 1u);
  const auto& read = std::get<PingSeries>(archive.observations[0]).outcomes;
  EXPECT_LE(read[1].sent, read[2].sent);
  EXPECT_EQ(read[3].sent, series.outcomes[3].sent);
}

TEST(WartsWriter, WritesOneListForEachVantagePointAndTarget) {
  std::vector<Observation> written = test::warts_traces();
  written.push_back(written.front());
  std::get<Trace>(written.back()).vantage = "tokyo";
  EXPECT_EQ(read_back(written).summary.other, 4u);  // Two lists with a cycle each.
}

TEST(WartsWriter, CutsTimesToMicrosecondsAndForgetsWhatWartsLacks) {
  Trace trace = std::get<Trace>(test::warts_traces().front());
  trace.started += std::chrono::nanoseconds(789);
  trace.ended += std::chrono::hours(1);
  trace.seen_from = ip("203.0.113.9");
  Reply& reply = std::get<Reply>(trace.hops[0].outcomes[0]);
  reply.rtt += std::chrono::nanoseconds(499);
  reply.weak = reply.rewritten = true;
  const auto archive = read_back({trace});
  EXPECT_EQ(archive.observations.front(), test::warts_traces().front());
}

TEST(WartsWriter, ProbesThatCouldNotBeSentComeBackAsSilence) {
  const auto archive = read_back({test::sample_trace()});
  const auto& trace = std::get<Trace>(archive.observations.front());
  EXPECT_TRUE(std::holds_alternative<TimedOut>(trace.hops[2].outcomes[0]));
  EXPECT_EQ(trace.hops[1].outcomes.size(), 2u);
}

TEST(WartsWriter, AcceptsWhatHasNoPlaceInTheFormat) {
  Trace trace;
  trace.vantage = std::string(5000, 'v') + std::string("\0x", 2);
  trace.destination = ip("2001:db8::7");
  trace.started = Timestamp(std::chrono::seconds(-5));
  trace.hops.push_back({Ttl{255}, {}});
  trace.hops[0].outcomes.resize(1000, TimedOut{});
  Reply reply = test::time_exceeded("2001:db8::1", std::chrono::hours(3));
  reply.icmp_type = 3;
  reply.mpls.resize(70000);
  trace.hops[0].outcomes[7] = reply;
  trace.hops[0].outcomes[999] = reply;
  PingSeries series;
  series.vantage = "x";
  series.address = ip("192.0.2.1");
  series.outcomes.resize(70000, {Timestamp(std::chrono::seconds(1)), TimedOut{}});
  const auto archive = read_back({trace, series});
  ASSERT_EQ(archive.summary.bad, 0u);
  ASSERT_EQ(archive.observations.size(), 2u);
  const auto& back = std::get<Trace>(archive.observations[0]);
  EXPECT_EQ(back.started, Timestamp{});
  EXPECT_EQ(back.vantage.size(), 1024u);
  EXPECT_EQ(back.hops[0].outcomes.size(), 8u);  // The number of a probe has eight bits: the last answer has no place.
  EXPECT_EQ(std::get<Reply>(back.hops[0].outcomes[7]).mpls.size(), 256u);
  EXPECT_EQ(std::get<PingSeries>(archive.observations[1]).outcomes.size(), 65535u);
}

}  // namespace
}  // namespace isthmus::formats
