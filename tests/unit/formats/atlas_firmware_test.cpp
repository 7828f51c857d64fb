// One story for each shape that RIPE Atlas firmware has had: what it writes, and what that means.

#include <gtest/gtest.h>

#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

using test::ip;
using test::only_ping;
using test::only_trace;

// A result of today's firmware with these hops; `more` are further keys.
std::string trace_of(const std::string& hops, const std::string& more = R"("proto":"ICMP","dst_addr":"203.0.113.71")") {
  return R"({"fw":5080,"mver":"2.6.2","lts":18,"endtime":1506848873,"dst_name":"peninsula.example","src_addr":"192.0.2.10","af":4,"size":48,"paris_id":3,"result":)" +
         hops +
         R"(,"msm_id":5051,"prb_id":42,"timestamp":1506848871,"msm_name":"Traceroute","from":"198.51.100.3","type":"traceroute",)" +
         more + "}";
}

Trace read_hops(const std::string& hops) { return only_trace(trace_of(hops)); }

const Reply& reply_in(const Hop& hop, std::size_t index = 0) { return std::get<Reply>(hop.outcomes.at(index)); }

TEST(AtlasFirmware, OfTodaySaysWhoSawWhat) {
  const Trace trace = read_hops(R"([{"hop":1,"result":[{"from":"192.0.2.1","ttl":64,"size":76,"rtt":0.519},{"x":"*"}]},
      {"hop":2,"result":[{"from":"203.0.113.71","ttl":56,"size":48,"rtt":9.001}]}])");
  EXPECT_EQ(trace.vantage, "atlas-42");
  EXPECT_EQ(trace.target, "");
  EXPECT_EQ(trace.source, ip("192.0.2.10"));
  EXPECT_EQ(trace.seen_from, ip("198.51.100.3"));
  EXPECT_EQ(trace.destination, ip("203.0.113.71"));
  EXPECT_EQ(trace.flow, FlowId{3});
  EXPECT_EQ(trace.started, Timestamp(std::chrono::seconds(1506848871)));
  EXPECT_EQ(trace.ended, Timestamp(std::chrono::seconds(1506848873)));
  EXPECT_EQ(reply_in(trace.hops[0]).rtt, std::chrono::microseconds(519));
  EXPECT_EQ(reply_in(trace.hops[0]).ttl, 64);
  EXPECT_EQ(reply_in(trace.hops[0]).size, 76);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(trace.hops[0].outcomes[1]));
  EXPECT_EQ(reply_in(trace.hops[1]).kind, ReplyKind::echo_reply);
  EXPECT_EQ(trace.stop, StopReason::reached);
}

TEST(AtlasFirmware, OneGivesTheLinesOfTraceroute) {
  const Trace trace = only_trace(
      R"({"from":"2001:db8:13:220::e","fw":1,"msm_id":6001,"prb_id":21,"timestamp":1338816126,"result":)"
      R"("traceroute to 2001:db8:fd::1 (2001:db8:fd::1), 32 hops max, 16 byte packets NEWLINE )"
      R"(1 2001:db8:13::2 1.907 ms 1.909 ms * NEWLINE 2 * * * NEWLINE )"
      R"(3 2001:db8:8::a 14.162 ms !N 2001:db8:8::b 2.026 ms NEWLINE 4 peer.example (2001:db8:fd::1) 1.876 ms NEWLINE"})");
  EXPECT_EQ(trace.vantage, "atlas-21");
  EXPECT_EQ(trace.destination, ip("2001:db8:fd::1"));
  EXPECT_EQ(trace.protocol, Protocol::udp);
  ASSERT_EQ(trace.hops.size(), 4u);
  EXPECT_EQ(trace.hops[0].outcomes.size(), 3u);
  EXPECT_EQ(reply_in(trace.hops[0], 1).rtt, std::chrono::microseconds(1909));
  EXPECT_EQ(reply_in(trace.hops[0]).kind, ReplyKind::time_exceeded);
  EXPECT_EQ(trace.hops[1].answer(), nullptr);
  EXPECT_EQ(reply_in(trace.hops[2]).kind, ReplyKind::unreachable);
  EXPECT_EQ(reply_in(trace.hops[2], 1).from, ip("2001:db8:8::b"));
  EXPECT_EQ(reply_in(trace.hops[3]).kind, ReplyKind::unreachable);
  EXPECT_EQ(trace.stop, StopReason::reached);
}

TEST(AtlasFirmware, OneMayAlsoGiveNonsense) {
  for (const char* text :
       {"", "traceroute to x", "traceroute to 192.0.2.1 (192.0.2.1), 32 hops max NEWLINE one NEWLINE",
        "traceroute to 192.0.2.1 (192.0.2.1), 32 hops max NEWLINE 1 192.0.2.1 1.5 NEWLINE",
        "traceroute to 192.0.2.1 (192.0.2.1), 32 hops max NEWLINE 1 1.5 ms NEWLINE",
        "traceroute to 192.0.2.1 (192.0.2.1), 32 hops max NEWLINE 2 * NEWLINE 1 * NEWLINE"}) {
    const auto archive = test::read_text(R"({"fw":1,"msm_id":6001,"prb_id":21,"timestamp":1338816126,"result":")" +
                                         std::string(text) + "\"}");
    EXPECT_EQ(archive.summary.bad, 1u) << text;
    EXPECT_EQ(archive.summary.traces, 0u) << text;
  }
}

TEST(AtlasFirmware, FourThousandFourHundredNamedThingsDifferently) {
  const Trace trace = only_trace(
      R"({"addr":"203.0.113.71","endtime":1340329208,"from":"198.51.100.3","fw":4400,"msm_id":1,"name":"x.example","paris_id":2,)"
      R"("pf":4,"prb_id":190,"mode":"UDP4","srcaddr":"192.0.2.10","timestamp":1340329190,"type":"traceroute","result":[)"
      R"({"hop":1,"result":[{"from":"192.0.2.1","rtt":2.7829999999999999,"size":96,"ttl":64}]},)"
      R"({"hop":2,"result":[{"x":"*"}]},{"hop":255,"result":[{"x":"*"}]}]})");
  EXPECT_EQ(trace.destination, ip("203.0.113.71"));
  EXPECT_EQ(trace.source, ip("192.0.2.10"));
  EXPECT_EQ(trace.protocol, Protocol::udp);
  EXPECT_EQ(reply_in(trace.hops[0]).rtt, std::chrono::microseconds(2783));
  EXPECT_EQ(trace.hops.size(), 2u);
  EXPECT_EQ(trace.stop, StopReason::gap_limit);
}

TEST(AtlasFirmware, LateAnswersAndDuplicatesAreNoOutcomes) {
  // Over IPv6 a late answer comes with a round-trip time, over IPv4 without.
  const Trace trace = read_hops(
      R"([{"hop":1,"result":[{"x":"*"},{"late":2,"from":"192.0.2.1","ttl":64,"rtt":900.1,"size":76},{"from":"192.0.2.2","rtt":2},)"
      R"({"dup":true,"from":"192.0.2.2","rtt":3},{"late":1,"from":"192.0.2.1","ttl":64,"size":76}]},)"
      R"({"hop":2,"result":[{"late":3,"from":"192.0.2.9","ttl":64,"size":76}]}])");
  ASSERT_EQ(trace.hops[0].outcomes.size(), 2u);
  EXPECT_EQ(reply_in(trace.hops[0], 1).from, ip("192.0.2.2"));
  ASSERT_EQ(trace.hops[1].outcomes.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(trace.hops[1].outcomes[0]));
}

TEST(AtlasFirmware, ErrorsAreLettersOrNumbers) {
  const std::vector<std::pair<std::string, int>> cases{{"\"N\"", 0},  {"\"H\"", 1}, {"\"P\"", 2}, {"\"p\"", 3},
                                                       {"\"A\"", 13}, {"10", 10},   {"\"9\"", 9}, {"\"?\"", 0}};
  for (const auto& [err, code] : cases) {
    const Trace trace = read_hops(R"([{"hop":1,"result":[{"from":"192.0.2.1","ttl":64,"rtt":2,"err":)" + err + "}]}]");
    const Reply& reply = reply_in(trace.hops[0]);
    EXPECT_EQ(reply.kind, ReplyKind::unreachable) << err;
    EXPECT_EQ(reply.icmp_type, 3) << err;
    EXPECT_EQ(reply.icmp_code, code) << err;
    EXPECT_EQ(trace.stop, StopReason::unreachable) << err;
  }
  const Trace six = only_trace(trace_of(R"([{"hop":1,"result":[{"from":"2001:db8::1","ttl":64,"rtt":2,"err":"h"}]}])",
                                        R"("proto":"UDP","dst_addr":"2001:db8:1::1")"));
  EXPECT_EQ(reply_in(six.hops[0]).icmp_type, 1);
  EXPECT_EQ(reply_in(six.hops[0]).icmp_code, 2);
}

TEST(AtlasFirmware, WhoWantsSmallerPacketsSaysHowSmall) {
  const Trace four = read_hops(R"([{"hop":1,"result":[{"from":"192.0.2.1","ttl":64,"rtt":2,"mtu":1400}]}])");
  EXPECT_EQ(reply_in(four.hops[0]).kind, ReplyKind::unreachable);
  EXPECT_EQ(reply_in(four.hops[0]).icmp_code, 4);
  const Trace six = only_trace(trace_of(R"([{"hop":1,"result":[{"from":"2001:db8::1","rtt":2,"mtu":1400}]}])",
                                        R"("proto":"UDP","dst_addr":"2001:db8:1::1")"));
  EXPECT_EQ(reply_in(six.hops[0]).kind, ReplyKind::unreachable);
  EXPECT_EQ(reply_in(six.hops[0]).icmp_type, 2);
}

TEST(AtlasFirmware, WhatRoutersQuoteIsKept) {
  const Trace trace = read_hops(
      R"([{"hop":1,"result":[{"from":"192.0.2.1","ttl":64,"rtt":2,"ittl":3,"itos":72,"edst":"10.0.0.7","icmpext":{"version":2,)"
      R"("rfc4884":1,"obj":[{"class":2,"type":1},{"class":1,"type":1,"mpls":[{"label":20039,"exp":2,"s":0,"ttl":1},)"
      R"({"label":17,"exp":0,"s":1,"ttl":254}]}]}},{"from":"192.0.2.1","ttl":64,"rtt":2}]}])");
  const Reply& reply = reply_in(trace.hops[0]);
  EXPECT_EQ(reply.quoted_ttl, Ttl{3});
  EXPECT_EQ(reply.quoted_tos, 72);
  EXPECT_TRUE(reply.rewritten);
  const std::vector<MplsLabel> labels{{.label = 20039, .experimental = 2, .bottom = false, .ttl = 1},
                                      {.label = 17, .experimental = 0, .bottom = true, .ttl = 254}};
  EXPECT_EQ(reply.mpls, labels);
  EXPECT_EQ(reply_in(trace.hops[0], 1).quoted_ttl, Ttl{1});
  EXPECT_FALSE(reply_in(trace.hops[0], 1).rewritten);
}

TEST(AtlasFirmware, TcpAnswersShowTheirFlags) {
  const std::string more = R"("proto":"TCP","dst_addr":"203.0.113.71")";
  const Trace trace = only_trace(trace_of(
      R"([{"hop":1,"result":[{"from":"203.0.113.71","ttl":60,"size":20,"flags":"SA","hdropts":[{"mss":1460}],"rtt":2},)"
      R"({"from":"203.0.113.71","ttl":60,"flags":"RA","rtt":2},{"from":"203.0.113.71","ttl":60,"rtt":2}]}])",
      more));
  EXPECT_EQ(reply_in(trace.hops[0], 0).kind, ReplyKind::tcp_syn_ack);
  EXPECT_EQ(reply_in(trace.hops[0], 1).kind, ReplyKind::tcp_rst);
  // Without flags it was ICMP.
  EXPECT_EQ(reply_in(trace.hops[0], 2).kind, ReplyKind::unreachable);
  EXPECT_EQ(trace.stop, StopReason::reached);
}

TEST(AtlasFirmware, HolesAreSilenceAndTheLastTryIsNoHop) {
  const Trace holes = read_hops(
      R"([{"hop":2,"result":[{"from":"192.0.2.1","rtt":2}]},{"hop":5,"result":[{"from":"192.0.2.4","rtt":2}]},)"
      R"({"hop":255,"result":[{"x":"*"},{"from":"203.0.113.71","rtt":2}]}])");
  ASSERT_EQ(holes.hops.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(holes.hops[i].ttl, i + 2);
  EXPECT_EQ(holes.hops[1].answer(), nullptr);
  EXPECT_EQ(holes.hops[3].answer()->from, ip("192.0.2.4"));
  // It tells that the destination is there, not what lies before it.
  EXPECT_EQ(holes.stop, StopReason::reached);
}

TEST(AtlasFirmware, OneHopInTwoPiecesIsOneHop) {
  const Trace trace = read_hops(
      R"([{"hop":1,"result":[{"from":"192.0.2.1","rtt":2}]},{"hop":1,"result":[{"from":"192.0.2.2","rtt":2}]}])");
  ASSERT_EQ(trace.hops.size(), 1u);
  EXPECT_EQ(trace.hops[0].outcomes.size(), 2u);
}

TEST(AtlasFirmware, ProbesThatCouldNotBeSentSayWhy) {
  const Trace probe = read_hops(R"([{"hop":1,"result":[{"error":"sendto failed: Network is unreachable"}]}])");
  EXPECT_EQ(std::get<SendFailed>(probe.hops[0].outcomes[0]).error_number, ENETUNREACH);
  EXPECT_EQ(probe.stop, StopReason::send_failed);
  const Trace hop = read_hops(R"([{"hop":1,"error":"bind failed: Invalid argument"}])");
  EXPECT_EQ(std::get<SendFailed>(hop.hops[0].outcomes[0]).error_number, EINVAL);
  const Trace none = read_hops(R"([{"error":"connect failed: Network is unreachable"}])");
  EXPECT_TRUE(none.hops.empty());
  EXPECT_EQ(none.stop, StopReason::send_failed);
}

TEST(AtlasFirmware, WithoutADestinationNothingWasProbed) {
  const auto archive = test::read_text(
      trace_of(R"x([{"error":"name resolution failed: non-recoverable failure in name resolution (1)"}])x",
               R"("proto":"ICMP")") +
      "\n" +
      R"({"fw":5080,"type":"ping","msm_id":1,"prb_id":2,"timestamp":1506848871,"dst_name":"x.example","sent":0,"rcvd":0,)" +
      R"("min":-1,"max":-1,"avg":-1,"result":[{"error":"dns resolution failed: nothing"}]})");
  EXPECT_EQ(archive.summary.other, 2u);
  EXPECT_EQ(archive.summary.bad, 0u);
  EXPECT_TRUE(archive.observations.empty());
  // Nor with the address of nobody.
  for (const char* nobody : {"0.0.0.0", "::"}) {
    const auto result = trace_of("[]", R"("proto":"ICMP","dst_addr":")" + std::string(nobody) + "\"");
    EXPECT_EQ(test::read_text(result).summary.other, 1u) << nobody;
  }
}

TEST(AtlasFirmware, WhatIsMissingIsUnknown) {
  const Trace trace = only_trace(
      R"({"fw":4460,"msm_id":1,"timestamp":1340329190,"type":"traceroute","dst_name":"203.0.113.71","from":"",)"
      R"("result":[{"result":[{"rtt":2,"from":"192.0.2.1"},{"from":"192.0.2.1"},{}],"hop":1}]})");
  EXPECT_EQ(trace.vantage, "");
  EXPECT_EQ(trace.source, IpAddress{});
  EXPECT_EQ(trace.seen_from, IpAddress{});
  EXPECT_EQ(trace.destination, ip("203.0.113.71"));
  EXPECT_EQ(trace.protocol, Protocol::udp);
  EXPECT_EQ(trace.flow, FlowId{0});
  EXPECT_EQ(trace.ended, trace.started);
  EXPECT_EQ(trace.hops[0].outcomes.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(trace.hops[0].outcomes[1]));
}

TEST(AtlasFirmware, NumbersMayBeQuoted) {
  const Trace trace = only_trace(
      R"({"fw":"4460","msm_id":"1","prb_id":"7","paris_id":"4","timestamp":"1340329190","type":"traceroute",)"
      R"("dst_addr":"203.0.113.71","result":[{"hop":"1","result":[{"rtt":"2.5","ttl":"64","from":"192.0.2.1"}]}]})");
  EXPECT_EQ(trace.vantage, "atlas-7");
  EXPECT_EQ(trace.flow, FlowId{4});
  EXPECT_EQ(reply_in(trace.hops[0]).rtt, std::chrono::microseconds(2500));
  EXPECT_EQ(reply_in(trace.hops[0]).ttl, 64);
}

TEST(AtlasFirmware, PingsOfTodayListTheirAnswers) {
  const PingSeries series = only_ping(
      R"({"fw":5080,"type":"ping","af":4,"dst_addr":"203.0.113.71","src_addr":"192.0.2.10","proto":"ICMP","ttl":55,"size":64,)"
      R"("result":[{"rtt":11.5},{"rtt":12.25,"ttl":54},{"dup":1,"rtt":13},{"x":"*"},{"error":"sendto failed: Operation not permitted"}],)"
      R"("dup":1,"rcvd":2,"sent":4,"min":11.5,"max":12.25,"avg":11.875,"msm_id":1,"prb_id":9,"timestamp":1506848871,"from":"198.51.100.3"})");
  EXPECT_EQ(series.vantage, "atlas-9");
  EXPECT_EQ(series.address, ip("203.0.113.71"));
  EXPECT_EQ(series.seen_from, ip("198.51.100.3"));
  ASSERT_EQ(series.outcomes.size(), 4u);
  const auto& first = std::get<Reply>(series.outcomes[0].outcome);
  EXPECT_EQ(first.from, ip("203.0.113.71"));
  EXPECT_EQ(first.rtt, std::chrono::microseconds(11500));
  EXPECT_EQ(first.ttl, 55);
  EXPECT_EQ(first.size, 64);
  EXPECT_TRUE(answers_ping(first, series.address));
  EXPECT_EQ(std::get<Reply>(series.outcomes[1].outcome).ttl, 54);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(series.outcomes[2].outcome));
  EXPECT_EQ(std::get<SendFailed>(series.outcomes[3].outcome).error_number, EPERM);
  EXPECT_EQ(series.outcomes[2].sent, Timestamp(std::chrono::seconds(1506848873)));
}

TEST(AtlasFirmware, PingsOfOldHaveOnlyTheirSums) {
  const PingSeries series = only_ping(
      R"({"avg":"20.5","dst_addr":"203.0.113.71","dup":"0","fw":0,"max":"24","min":"18","msm_id":1,"prb_id":677,"rcvd":"4",)"
      R"("sent":"6","src_addr":"192.0.2.10","timestamp":1328019792,"type":"ping"})");
  ASSERT_EQ(series.outcomes.size(), 6u);
  Duration sum{};
  for (std::size_t i = 0; i < 4; ++i) sum += std::get<Reply>(series.outcomes[i].outcome).rtt;
  EXPECT_EQ(sum, std::chrono::microseconds(82000));
  EXPECT_EQ(std::get<Reply>(series.outcomes[0].outcome).rtt, std::chrono::milliseconds(18));
  EXPECT_EQ(std::get<Reply>(series.outcomes[1].outcome).rtt, std::chrono::milliseconds(24));
  EXPECT_TRUE(std::holds_alternative<TimedOut>(series.outcomes[5].outcome));
  // Without even saying that it is a ping.
  const PingSeries silent = only_ping(
      R"({"addr":"203.0.113.71","avg":-1,"dup":0,"from":"198.51.100.3","fw":1,"max":-1,"min":-1,"msm_id":1,"prb_id":1,"rcvd":0,"sent":3,"timestamp":1332938930})");
  EXPECT_EQ(silent.outcomes.size(), 3u);
  EXPECT_EQ(silent.seen_from, ip("198.51.100.3"));
}

TEST(AtlasFirmware, SumsThatCannotBeAreRefused) {
  const std::string start =
      R"({"fw":1,"addr":"203.0.113.71","msm_id":1,"prb_id":1,"timestamp":1332938930,"type":"ping",)";
  for (const char* rest :
       {R"("sent":0,"rcvd":0})", R"("sent":3,"rcvd":4,"min":1,"max":1,"avg":1})", R"("rcvd":1})",
        R"("sent":4000000000,"rcvd":0})", R"("sent":3,"rcvd":3,"min":1,"max":9,"avg":1})", R"("sent":1,"rcvd":1})"}) {
    EXPECT_EQ(test::read_text(start + rest).summary.bad, 1u) << rest;
  }
}

}  // namespace
}  // namespace isthmus::formats
