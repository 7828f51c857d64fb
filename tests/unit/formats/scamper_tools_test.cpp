// Warts that isthmus writes, read by Debian's scamper tools, field by field. Needs sc_warts2json, sc_warts2text and
// sc_analysis_dump (package scamper).

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <sstream>

#include "unit/formats/archives.hpp"
#include "unit/formats/warts_sample.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

// What a tool prints of the observations, errors too.
std::string output_of(const std::string& tool, const std::vector<Observation>& observations) {
  const test::TemporaryFile file(test::to_warts(observations));
  const std::string command = tool + " " + file.path() + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string output;
  std::array<char, 4096> step{};
  for (std::size_t got = 1; got > 0;) output.append(step.data(), got = fread(step.data(), 1, step.size(), pipe.get()));
  return output;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class ScamperTools : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* tool : {"sc_warts2json", "sc_warts2text", "sc_analysis_dump"}) {
      const std::string asked = std::string("command -v ") + tool + " > /dev/null";
      if (std::system(asked.c_str()) != 0) GTEST_SKIP() << tool << " is not installed: apt-get install scamper";
    }
  }
};

std::int64_t number(const json::value& object, const char* key) { return object.at(key).to_number<std::int64_t>(); }

std::string text(const json::value& object, const char* key) { return std::string(object.at(key).as_string()); }

// Milliseconds with three decimals are whole microseconds.
Duration rtt_of(const json::value& object) {
  return std::chrono::microseconds(std::llround(object.at("rtt").to_number<double>() * 1000));
}

bool is_tcp(const Reply& reply) { return reply.kind == ReplyKind::tcp_syn_ack || reply.kind == ReplyKind::tcp_rst; }

void expect_kind(const json::value& object, const Reply& reply) {
  if (is_tcp(reply)) {
    EXPECT_EQ(number(object, "tcp_flags"), reply.kind == ReplyKind::tcp_syn_ack ? 0x12 : 0x14);
    EXPECT_EQ(object.as_object().if_contains("icmp_type"), nullptr);
  } else {
    EXPECT_EQ(number(object, "icmp_type"), reply.icmp_type);
    EXPECT_EQ(number(object, "icmp_code"), reply.icmp_code);
  }
}

void expect_labels(const json::value& hop, const Reply& reply) {
  ASSERT_EQ(hop.as_object().contains("icmpext"), !reply.mpls.empty());
  if (reply.mpls.empty()) return;
  const auto& labels = hop.at("icmpext").at(0).at("mpls_labels").as_array();
  ASSERT_EQ(labels.size(), reply.mpls.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_EQ(number(labels[i], "mpls_label"), reply.mpls[i].label);
    EXPECT_EQ(number(labels[i], "mpls_exp"), reply.mpls[i].experimental);
    EXPECT_EQ(number(labels[i], "mpls_s"), reply.mpls[i].bottom ? 1 : 0);
    EXPECT_EQ(number(labels[i], "mpls_ttl"), reply.mpls[i].ttl);
  }
}

void expect_hop(const json::value& hop, Ttl ttl, std::size_t probe, const Reply& reply) {
  EXPECT_EQ(text(hop, "addr"), to_string(reply.from));
  EXPECT_EQ(number(hop, "probe_ttl"), ttl);
  EXPECT_EQ(number(hop, "probe_id"), static_cast<std::int64_t>(probe) + 1);
  EXPECT_EQ(rtt_of(hop), reply.rtt);
  EXPECT_EQ(number(hop, "reply_ttl"), reply.ttl);
  EXPECT_EQ(number(hop, "reply_size"), reply.size);
  EXPECT_EQ(number(hop, "reply_ipid"), reply.ip_id);
  expect_kind(hop, reply);
  expect_labels(hop, reply);
  EXPECT_EQ(reply.quoted_ttl ? number(hop, "icmp_q_ttl") : 0, reply.quoted_ttl.value_or(0));
  // The tool does not print what IPv6 routers quote of it.
  const bool prints_tos = reply.quoted_tos && reply.from.is_v4();
  EXPECT_EQ(prints_tos ? number(hop, "icmp_q_tos") : 0, prints_tos ? *reply.quoted_tos : 0);
}

std::string source_text(const IpAddress& source, const IpAddress& destination) {
  return source == IpAddress{} && !destination.is_v4() ? "::" : to_string(source);
}

void expect_trace(const json::value& object, const Trace& trace) {
  static const std::map<StopReason, std::string> kStops{
      {StopReason::reached, "COMPLETED"}, {StopReason::unreachable, "UNREACH"}, {StopReason::gap_limit, "GAPLIMIT"},
      {StopReason::max_ttl, "HOPLIMIT"},  {StopReason::loop, "LOOP"},           {StopReason::send_failed, "ERROR"}};
  static const std::map<Protocol, std::string> kMethods{
      {Protocol::icmp, "icmp-echo-paris"}, {Protocol::udp, "udp-paris"}, {Protocol::tcp, "tcp"}};
  EXPECT_EQ(text(object, "type"), "trace");
  EXPECT_EQ(text(object, "method"), kMethods.at(trace.protocol));
  EXPECT_EQ(text(object, "src"), source_text(trace.source, trace.destination));
  EXPECT_EQ(text(object, "dst"), to_string(trace.destination));
  EXPECT_EQ(number(object, trace.protocol == Protocol::icmp ? "icmp_sum" : "sport"), trace.flow.value);
  EXPECT_EQ(text(object, "stop_reason"), kStops.at(trace.stop));
  const auto microseconds = number(object.at("start"), "sec") * 1'000'000 + number(object.at("start"), "usec");
  EXPECT_EQ(Timestamp(std::chrono::microseconds(microseconds)), trace.started);
  EXPECT_EQ(number(object, "hop_count"), trace.hops.empty() ? 0 : trace.hops.back().ttl);
  EXPECT_EQ(number(object, "firsthop"), trace.hops.empty() ? 1 : trace.hops.front().ttl);
  std::size_t index = 0;
  for (const Hop& hop : trace.hops) {
    EXPECT_LE(hop.outcomes.size(), static_cast<std::size_t>(number(object, "attempts")));
    for (std::size_t probe = 0; probe < hop.outcomes.size(); ++probe) {
      const Reply* reply = reply_of(hop.outcomes[probe]);
      if (reply != nullptr) expect_hop(object.at("hops").at(index++), hop.ttl, probe, *reply);
    }
  }
  EXPECT_EQ(index, object.as_object().contains("hops") ? object.at("hops").as_array().size() : 0);
}

void expect_ping(const json::value& object, const PingSeries& series) {
  static const std::map<Protocol, std::string> kMethods{
      {Protocol::icmp, "icmp-echo"}, {Protocol::udp, "udp"}, {Protocol::tcp, "tcp-syn"}};
  EXPECT_EQ(text(object, "type"), "ping");
  EXPECT_EQ(text(object, "method"), kMethods.at(series.protocol));
  EXPECT_EQ(text(object, "src"), to_string(series.source));
  EXPECT_EQ(text(object, "dst"), to_string(series.address));
  EXPECT_EQ(number(object, "ping_sent"), static_cast<std::int64_t>(series.outcomes.size()));
  std::size_t index = 0;
  for (std::size_t probe = 0; probe < series.outcomes.size(); ++probe) {
    const Reply* reply = reply_of(series.outcomes[probe].outcome);
    if (reply == nullptr) continue;
    const json::value& response = object.at("responses").at(index++);
    EXPECT_EQ(text(response, "from"), to_string(reply->from));
    EXPECT_EQ(number(response, "seq"), static_cast<std::int64_t>(probe));
    EXPECT_EQ(number(response, "reply_size"), reply->size);
    EXPECT_EQ(number(response, "reply_ttl"), reply->ttl);
    EXPECT_EQ(text(response, "reply_proto"), is_tcp(*reply) ? "tcp" : "icmp");
    EXPECT_EQ(rtt_of(response), reply->rtt);
    EXPECT_EQ(reply->from.is_v4() ? number(response, "reply_ipid") : 0, reply->ip_id);
    const auto sent = number(response.at("tx"), "sec") * 1'000'000 + number(response.at("tx"), "usec");
    EXPECT_EQ(Timestamp(std::chrono::microseconds(sent)), series.outcomes[probe].sent);
    expect_kind(response, *reply);
  }
  EXPECT_EQ(index, object.at("responses").as_array().size());
}

TEST_F(ScamperTools, Warts2jsonReadsEveryFieldOfTraces) {
  const auto written = test::warts_traces();
  const auto lines = lines_of(output_of("sc_warts2json", written));
  ASSERT_EQ(lines.size(), written.size() + 1);
  const json::value cycle = json::parse(lines[0]);
  EXPECT_EQ(text(cycle, "list_name"), "peninsula");
  EXPECT_EQ(text(cycle, "hostname"), "frankfurt");
  EXPECT_EQ(number(cycle, "start_time"), 1506848871);
  for (std::size_t i = 0; i < written.size(); ++i) {
    SCOPED_TRACE(lines[i + 1]);
    expect_trace(json::parse(lines[i + 1]), std::get<Trace>(written[i]));
  }
}

TEST_F(ScamperTools, Warts2jsonReadsEveryFieldOfPings) {
  const auto written = test::warts_pings();
  std::size_t index = 0;
  for (const std::string& line : lines_of(output_of("sc_warts2json", written))) {
    const json::value object = json::parse(line);
    if (text(object, "type") != "ping") continue;
    SCOPED_TRACE(line);
    ASSERT_LT(index, written.size());
    expect_ping(object, std::get<PingSeries>(written[index++]));
  }
  EXPECT_EQ(index, written.size());
}

TEST_F(ScamperTools, WhatWarts2jsonPrintsIsReadAsItWas) {
  std::vector<Observation> written = test::warts_traces();
  for (const Observation& ping : test::warts_pings()) written.push_back(ping);
  auto archive = test::read_text(output_of("sc_warts2json", written));
  ASSERT_EQ(archive.observations.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    // The name of the list is of the cycle alone, and what IPv6 routers quote of the TOS is not printed.
    std::visit([](auto& o) { o.target.clear(); }, written[i]);
    if (auto* trace = std::get_if<Trace>(&written[i]); trace != nullptr && !trace->destination.is_v4()) {
      std::get<Reply>(trace->hops[0].outcomes[0]).quoted_tos.reset();
    }
    // Nor is that more probes were sent to a hop than up to its first answer.
    if (auto* trace = std::get_if<Trace>(&written[i]); trace != nullptr && trace->stop == StopReason::max_ttl) {
      trace->hops[0].outcomes.resize(1);
    }
    EXPECT_EQ(archive.observations[i], written[i]) << "observation " << i;
  }
}

TEST_F(ScamperTools, Warts2textPrintsThePath) {
  const auto traces = test::warts_traces();
  EXPECT_EQ(output_of("sc_warts2text", {traces[0], traces[4], traces[9]}),
            "traceroute from 192.0.2.10 to 203.0.113.71\n"
            " 1  198.51.100.1  1.234 ms  1.234 ms\n"
            " 2  *\n"
            " 3  198.51.100.2  2.345 ms\n"
            " 4  203.0.113.71  80.001 ms  80.001 ms\n"
            "traceroute from 192.0.2.10 to 203.0.113.71\n"
            " 1  198.51.100.1  1.234 ms  1.234 ms\n"
            " 2  198.51.100.9  0.009 ms !X\n"
            "traceroute from 2001:db8::10 to 2001:db8:7::7\n"
            " 1  2001:db8::1  0.077 ms\n"
            " 2  2001:db8:7::7  4000.000 ms\n");
}

TEST_F(ScamperTools, AnalysisDumpPrintsThePath) {
  const auto traces = test::warts_traces();
  std::vector<std::string> lines;
  for (const std::string& line :
       lines_of(output_of("sc_analysis_dump", {traces[0], traces[4], traces[5], traces[9]}))) {
    if (!line.starts_with('#')) lines.push_back(line);
  }
  const std::vector<std::string> expected{
      "T\t192.0.2.10\t203.0.113.71\t1\t1\t1506848871\tR\t80.001\t4\t249\tS\t0\tI\t198.51.100.1,1.234,1;198.51.100.1,1."
      "234,2"
      "\tq\t198.51.100.2,2.345,2\t203.0.113.71,80.001,2",
      "T\t192.0.2.10\t203.0.113.71\t1\t1\t1506848871\tN\t0\t0\t0\tU\t13\tI\t198.51.100.1,1.234,1;198.51.100.1,1.234,2"
      "\t198.51.100.9,0.009,1",
      "T\t192.0.2.10\t203.0.113.71\t1\t1\t1506848871\tN\t0\t0\t0\tG\t0\tI\t198.51.100.1,1.234,1;198.51.100.1,1.234,2",
      "T\t2001:db8::10\t2001:db8:7::7\t1\t1\t1506848871\tR\t4000.000\t2\t250\tS\t0\tC\t2001:db8::1,0.077,1"};
  EXPECT_EQ(lines, expected);
}

}  // namespace
}  // namespace isthmus::formats
