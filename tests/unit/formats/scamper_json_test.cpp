// The JSON of sc_warts2json: what it printed of the lab (tests/data/scamper), and what M-Lab's traceroute-caller has
// collected of it, sound and broken on purpose (tests/data/traceroute-caller).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

using test::ip;

test::Archive caller(const std::string& name) { return test::read_file("tests/data/traceroute-caller/" + name); }

std::uint64_t observations_in(const test::Archive& archive) { return archive.summary.traces + archive.summary.pings; }

// JSON does not have the probes of an MDA traceroute that nobody answered, nor the name of the monitor.
void forget_what_json_lacks(Observation& observation) {
  std::visit([](auto& o) { o.vantage.clear(); }, observation);
  auto* trace = std::get_if<Trace>(&observation);
  // The lab's MDA traceroutes are those of whose hops no size is known.
  const bool is_mda =
      trace != nullptr && trace->hops.front().answer() != nullptr && trace->hops.front().answer()->size == 0;
  if (!is_mda) return;
  while (trace->hops.back().answer() == nullptr) trace->hops.pop_back();
  trace->ended = trace->started;
  trace->stop = StopReason::max_ttl;
}

TEST(ScamperJson, SaysTheSameAsTheWartsItWasMadeFrom) {
  auto json = test::read_file("tests/data/scamper/lab.json");
  auto warts = test::read_file("tests/data/scamper/lab.warts");
  EXPECT_EQ(json.summary.format, "scamper-json");
  EXPECT_EQ(json.summary.bad, 0u);
  EXPECT_EQ(vantage_of(json.observations.front()), "vm");
  ASSERT_EQ(json.observations.size(), warts.observations.size());
  for (std::size_t i = 0; i < json.observations.size(); ++i) {
    forget_what_json_lacks(json.observations[i]);
    forget_what_json_lacks(warts.observations[i]);
    EXPECT_EQ(json.observations[i], warts.observations[i]) << "observation " << i;
  }
}

TEST(ScamperJson, TracesOfTracerouteCallerAreRead) {
  const auto archive = caller("scamper2/valid-complex");
  ASSERT_EQ(archive.observations.size(), 1u);
  const auto& trace = std::get<Trace>(archive.observations[0]);
  EXPECT_EQ(trace.vantage, "0280ea26207e");
  EXPECT_EQ(trace.source, ip("192.168.144.2"));
  EXPECT_EQ(trace.destination, ip("91.189.88.142"));
  EXPECT_EQ(trace.protocol, Protocol::icmp);
  EXPECT_EQ(trace.flow.value, 33009);
  EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_EQ(trace.started, Timestamp(std::chrono::microseconds(1638999963787829)));
  ASSERT_EQ(trace.hops.size(), 14u);
  EXPECT_EQ(trace.hops[0].answer()->from, ip("192.168.144.1"));
  EXPECT_EQ(trace.hops[0].answer()->rtt, std::chrono::microseconds(70));
  EXPECT_EQ(trace.hops[13].answer()->from, trace.destination);
  EXPECT_EQ(archive.summary.other, 3u);  // Its own line, and where a cycle begins and ends.
}

TEST(ScamperJson, TraceMayBeAPartOfOneObject) {
  const auto archive = caller("scamper2/valid-simple-json");
  ASSERT_EQ(archive.observations.size(), 1u);
  const auto& trace = std::get<Trace>(archive.observations[0]);
  EXPECT_EQ(trace.vantage, "autonode");
  EXPECT_EQ(trace.protocol, Protocol::udp);
  EXPECT_EQ(trace.stop, StopReason::gap_limit);
  EXPECT_EQ(trace.hops.size(), 11u);
  EXPECT_EQ(trace.hops[0].answer(), nullptr);
  EXPECT_EQ(trace.hops[0].outcomes.size(), 3u);
  EXPECT_EQ(trace.hops[2].answer()->from, ip("64.15.3.115"));
  EXPECT_EQ(trace.hops[3].answer()->quoted_ttl, Ttl{2});
}

TEST(ScamperJson, TraceWithoutAnyAnswerIsSilence) {
  const auto archive = caller("scamper2/valid-simple");
  ASSERT_EQ(archive.observations.size(), 1u);
  const auto& trace = std::get<Trace>(archive.observations[0]);
  ASSERT_EQ(trace.hops.size(), 2u);
  EXPECT_EQ(trace.hops[1].answer(), nullptr);
}

TEST(ScamperJson, AnswersOfNobodyAreSilence) {
  const auto archive = caller("scamper2/valid-star");
  ASSERT_EQ(archive.observations.size(), 1u);
  const auto& trace = std::get<Trace>(archive.observations[0]);
  EXPECT_EQ(trace.hops[0].answer(), nullptr);
  EXPECT_EQ(trace.hops.size(), 14u);
}

TEST(ScamperJson, EachFlowOfAnMdaTracerouteIsATrace) {
  const auto archive = caller("scamper1/valid-complex");
  ASSERT_EQ(archive.observations.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& trace = std::get<Trace>(archive.observations[i]);
    EXPECT_EQ(trace.vantage, "ndt-plh7v");
    EXPECT_EQ(trace.flow.value, i + 1);
    ASSERT_EQ(trace.hops.size(), 5u);
    EXPECT_EQ(trace.hops[0].ttl, 2);
    EXPECT_EQ(trace.hops[4].answer()->from, ip("2001:4888:3f:6092:3a2:26:0:1"));
  }
  const auto& first = std::get<Trace>(archive.observations[0]);
  EXPECT_EQ(first.hops[0].answer()->rtt, std::chrono::microseconds(36803));
  EXPECT_EQ(first.started, Timestamp(std::chrono::microseconds(1567900908979595)));
}

TEST(ScamperJson, SilenceWithinAnMdaTracerouteIsNoHole) {
  const auto archive = caller("scamper1/valid-star");
  ASSERT_EQ(archive.observations.size(), 6u);
  const auto& trace = std::get<Trace>(archive.observations[0]);
  ASSERT_EQ(trace.hops.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(trace.hops[i].ttl, i + 2);
}

TEST(ScamperJson, WithoutANodeThereIsNoTrace) {
  const auto archive = caller("scamper1/valid-simple");
  EXPECT_TRUE(archive.observations.empty());
  EXPECT_EQ(archive.summary.bad, 0u);
  EXPECT_EQ(archive.summary.other, 4u);
}

TEST(ScamperJson, BrokenLinesCostOnlyThemselves) {
  // How many observations are left, and which lines are counted.
  const std::vector<std::tuple<std::string, std::uint64_t, std::vector<std::uint64_t>>> cases{
      {"scamper1/invalid-cycle-start", 0, {2}},
      {"scamper1/invalid-cycle-start-type", 0, {2, 3}},
      {"scamper1/invalid-cycle-stop", 0, {4}},
      {"scamper1/invalid-cycle-stop-type", 0, {3, 4}},
      {"scamper1/invalid-last-line", 0, {5}},
      {"scamper1/invalid-metadata", 0, {1}},
      {"scamper1/invalid-metadata-uuid", 0, {}},
      {"scamper1/invalid-num-lines", 0, {}},
      {"scamper1/invalid-tracelb", 0, {3}},
      {"scamper1/invalid-tracelb-links", 6, {}},
      {"scamper1/invalid-tracelb-type", 0, {3}},
      {"scamper2/invalid-cycle-start", 1, {2}},
      {"scamper2/invalid-cycle-start-type", 0, {2, 3}},
      {"scamper2/invalid-cycle-stop", 1, {4}},
      {"scamper2/invalid-cycle-stop-type", 0, {3, 4}},
      {"scamper2/invalid-last-line", 1, {5}},
      {"scamper2/invalid-metadata", 1, {1}},
      {"scamper2/invalid-metadata-uuid", 1, {}},
      {"scamper2/invalid-num-lines", 1, {}},
      {"scamper2/invalid-trace", 0, {3}},
      {"scamper2/invalid-trace-links", 1, {}},
      {"scamper2/invalid-trace-type", 0, {3}}};
  for (const auto& [name, left, lines] : cases) {
    const auto archive = caller(name);
    EXPECT_EQ(observations_in(archive), left) << name;
    std::vector<std::uint64_t> found;
    for (const ArchiveProblem& problem : archive.summary.problems) found.push_back(problem.line);
    EXPECT_EQ(found, lines) << name;
  }
}

TEST(ScamperJson, LabelStacksAreRead) {
  const Trace trace = test::only_trace(
      R"({"type":"trace","method":"udp-paris","src":"192.0.2.10","dst":"203.0.113.71","sport":40001,"dport":33435,)"
      R"("stop_reason":"HOPLIMIT","start":{"sec":1000,"usec":5},"hop_count":1,"attempts":1,"firsthop":1,"monitor":"frankfurt",)"
      R"("hops":[{"addr":"198.51.100.1","probe_ttl":1,"probe_id":1,"rtt":1.5,"reply_ttl":255,"icmp_type":11,"icmp_code":0,)"
      R"("icmpext":[{"ie_cn":2,"ie_ct":1,"ie_dl":3},{"ie_cn":1,"ie_ct":1,"ie_dl":4,)"
      R"("mpls_labels":[{"mpls_ttl":1,"mpls_s":1,"mpls_exp":5,"mpls_label":20039}]}]}]})");
  const std::vector<MplsLabel> labels{{.label = 20039, .experimental = 5, .bottom = true, .ttl = 1}};
  EXPECT_EQ(trace.vantage, "frankfurt");
  EXPECT_EQ(trace.flow.value, 40001);
  EXPECT_EQ(trace.stop, StopReason::max_ttl);
  EXPECT_EQ(trace.hops[0].answer()->mpls, labels);
}

TEST(ScamperJson, MappedAddressesAreIpv4) {
  const Trace trace = test::only_trace(
      R"({"type":"trace","method":"icmp-echo-paris","src":"::ffff:192.0.2.10","dst":"::ffff:203.0.113.71","start":{"sec":1,"usec":0},)"
      R"("hops":[{"addr":"::ffff:198.51.100.1","probe_ttl":1,"probe_id":1,"rtt":1.5,"icmp_type":11,"icmp_code":0}]})");
  EXPECT_EQ(trace.source, ip("192.0.2.10"));
  EXPECT_EQ(trace.destination, ip("203.0.113.71"));
  EXPECT_EQ(trace.hops[0].answer()->from, ip("198.51.100.1"));
  EXPECT_EQ(trace.hops[0].answer()->kind, ReplyKind::time_exceeded);
}

TEST(ScamperJson, AReplyOfNobodyIsSilence) {
  const auto archive = test::read_text(
      "{\"type\":\"cycle-start\",\"hostname\":\"x\"}\n"
      R"({"type":"tracelb","method":"icmp-echo","src":"192.0.2.10","dst":"203.0.113.71","start":{"sec":1000,"usec":5},)"
      R"("firsthop":1,"nodes":[{"addr":"198.51.100.1","q_ttl":1,"links":[[{"addr":"198.51.100.2","probes":[)"
      R"({"tx":{"sec":1001,"usec":0},"ttl":2,"flowid":1,"replies":[{"from":"198.:1.100.1","rtt":1.5,"icmp_type":11}]}]}]]}]})");
  ASSERT_EQ(archive.observations.size(), 1U);
  const Trace& trace = std::get<Trace>(archive.observations[0]);
  for (const Hop& hop : trace.hops) {
    for (const Outcome& outcome : hop.outcomes) EXPECT_TRUE(std::holds_alternative<TimedOut>(outcome));
  }
}

TEST(ScamperJson, RefusesWhatDoesNotFit) {
  const std::string start = R"("src":"192.0.2.10","dst":"203.0.113.71","start":{"sec":1000,"usec":5},)";
  for (
      const std::string& text :
      {"{\"type\":\"trace\"," + start + R"("method":"carrier-pigeon"})",
       std::string(R"({"type":"trace","method":"udp","dst":"router","start":{"sec":1,"usec":0}})"),
       std::string(R"({"type":"trace","method":"udp","dst":"203.0.113.71","start":{"sec":1}})"),
       "{\"type\":\"trace\"," + start + R"("method":"udp","hops":[7]})",
       "{\"type\":\"trace\"," + start +
           R"("method":"udp","hops":[{"addr":"192.0.2.1","probe_ttl":2,"rtt":1},{"addr":"192.0.2.1","probe_ttl":1,"rtt":1}]})",
       "{\"type\":\"trace\"," + start + R"("method":"udp","hops":[{"addr":"192.0.2.1","probe_ttl":0,"rtt":1}]})",
       "{\"type\":\"trace\"," + start + R"("method":"udp","hops":[{"addr":"192.0.2.1","probe_ttl":1}]})",
       "{\"type\":\"ping\"," + start +
           R"("method":"icmp-echo","ping_sent":1,"responses":[{"from":"192.0.2.1","seq":1,"rtt":1}]})",
       "{\"type\":\"tracelb\"," + start + R"("method":"udp-dport","nodes":[{"links":[7]}]})"}) {
    const auto archive = test::read_text("{\"type\":\"cycle-start\",\"hostname\":\"x\"}\n" + text);
    EXPECT_EQ(archive.summary.bad, 1u) << text;
    EXPECT_TRUE(archive.observations.empty()) << text;
  }
}

}  // namespace
}  // namespace isthmus::formats
