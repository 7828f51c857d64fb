#include "isthmus/formats/atlas.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

// Keys that only isthmus writes, taken out: what is left is what a foreign probe would have sent.
std::string foreign_trace(std::string_view protocol, std::string_view hops) {
  return R"({"fw":5080,"type":"traceroute","af":4,"dst_addr":"203.0.113.71","src_addr":"192.0.2.10","proto":")" +
         std::string(protocol) + R"(","paris_id":3,"timestamp":1506848871,"endtime":1506848873,"prb_id":42,"result":)" +
         std::string(hops) + "}";
}

TEST(AtlasTrace, ComesBackAsItWas) {
  Trace trace = test::sample_trace();
  for (const auto protocol : {Protocol::icmp, Protocol::udp, Protocol::tcp}) {
    for (const auto stop : {StopReason::reached, StopReason::unreachable, StopReason::gap_limit, StopReason::max_ttl,
                            StopReason::loop, StopReason::send_failed}) {
      trace.protocol = protocol;
      trace.stop = stop;
      const auto back = trace_from_atlas_json(to_atlas_json(trace));
      ASSERT_TRUE(back) << back.error().detail;
      EXPECT_EQ(*back, trace);
    }
  }
}

TEST(AtlasTrace, HasTheModernShape) {
  const json::value value = json::parse(to_atlas_json(test::sample_trace(), 1234));
  EXPECT_EQ(value.at("fw").to_number<int>(), 5080);
  EXPECT_EQ(value.at("type").as_string(), "traceroute");
  EXPECT_EQ(value.at("af").to_number<int>(), 4);
  EXPECT_EQ(value.at("proto").as_string(), "UDP");
  EXPECT_EQ(value.at("from").as_string(), "192.0.2.10");
  EXPECT_EQ(value.at("paris_id").to_number<int>(), 5);
  EXPECT_EQ(value.at("timestamp").to_number<int>(), 1506848871);
  EXPECT_EQ(value.at("endtime").to_number<int>(), 1506848872);
  EXPECT_EQ(value.at("prb_id").to_number<int>(), 1234);
  EXPECT_EQ(value.at("vantage").as_string(), "frankfurt");
  const auto& hops = value.at("result").as_array();
  ASSERT_EQ(hops.size(), 5u);
  EXPECT_EQ(hops[0].at("hop").to_number<int>(), 1);
  EXPECT_DOUBLE_EQ(hops[0].at("result").at(0).at("rtt").as_double(), 1.234567);
  EXPECT_EQ(hops[1].at("result").at(1).at("x").as_string(), "*");
  EXPECT_EQ(hops[2].at("result").at(0).at("error").as_string(), "sendto failed: Network is unreachable");
  EXPECT_EQ(hops[3].at("result").at(0).at("ittl").to_number<int>(), 3);
  // The firmware writes no "err" for the port unreachable of a destination that was reached.
  EXPECT_EQ(hops[4].at("result").at(0).as_object().if_contains("err"), nullptr);
}

// Everything a reply can say beyond what most say.
Reply strange_reply() {
  Reply reply = test::time_exceeded("198.51.100.9", std::chrono::nanoseconds(20'000'001));
  reply.quoted_tos = 4;
  reply.ip_id = 4711;
  reply.mpls = {{.label = 20039, .experimental = 5, .bottom = false, .ttl = 1},
                {.label = 16, .experimental = 0, .bottom = true, .ttl = 250}};
  reply.weak = true;
  reply.rewritten = true;
  return reply;
}

TEST(AtlasTrace, LosesNothingThatAReplyCanSay) {
  Trace trace = test::sample_trace();
  trace.seen_from = test::ip("203.0.113.9");
  Reply open = test::time_exceeded("203.0.113.71", std::chrono::milliseconds(9));
  open.kind = ReplyKind::tcp_syn_ack;
  open.icmp_type = open.icmp_code = 0;
  open.quoted_ttl = std::nullopt;
  Reply closed = open;
  closed.kind = ReplyKind::tcp_rst;
  trace.hops = {{Ttl{3}, {strange_reply()}, trace.started - std::chrono::nanoseconds(1)}, {Ttl{4}, {open, closed}}};
  const auto back = trace_from_atlas_json(to_atlas_json(trace, 7));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, trace);
}

TEST(AtlasTrace, LabelsAndAddressesHaveTheirUsualKeys) {
  Trace trace = test::sample_trace();
  trace.seen_from = test::ip("203.0.113.9");
  trace.hops = {{Ttl{1}, {strange_reply()}}};
  const json::value value = json::parse(to_atlas_json(trace));
  EXPECT_EQ(value.at("src_addr").as_string(), "192.0.2.10");
  EXPECT_EQ(value.at("from").as_string(), "203.0.113.9");
  const auto& answer = value.at("result").at(0).at("result").at(0);
  EXPECT_EQ(answer.at("itos").to_number<int>(), 4);
  const auto& label = answer.at("icmpext").at("obj").at(0).at("mpls").at(0);
  EXPECT_EQ(label.at("label").to_number<int>(), 20039);
  EXPECT_EQ(label.at("exp").to_number<int>(), 5);
  EXPECT_EQ(label.at("s").to_number<int>(), 0);
  EXPECT_EQ(label.at("ttl").to_number<int>(), 1);
}

TEST(AtlasTrace, WithoutProbeIdAndSourceLeavesThemOut) {
  Trace trace = test::sample_trace();
  trace.source = IpAddress{};
  const json::value value = json::parse(to_atlas_json(Observation(trace)));
  for (const char* key : {"prb_id", "src_addr", "from"}) EXPECT_EQ(value.as_object().if_contains(key), nullptr) << key;
}

TEST(AtlasTrace, UnreachableCodesHaveTheirWords) {
  for (const auto& [code, word] :
       std::vector<std::pair<int, std::string>>{{0, "\"N\""}, {1, "\"H\""}, {2, "\"P\""}, {13, "\"A\""}, {10, "10"}}) {
    Trace trace = test::sample_trace();
    Reply reply = test::time_exceeded("198.51.100.1", std::chrono::milliseconds(3));
    reply.kind = ReplyKind::unreachable;
    reply.icmp_type = 3;
    reply.icmp_code = static_cast<std::uint8_t>(code);
    trace.hops = {{Ttl{1}, {reply}}};
    const std::string text = to_atlas_json(trace);
    EXPECT_NE(text.find("\"err\":" + word), std::string::npos) << text;
    EXPECT_EQ(trace_from_atlas_json(text).value(), trace);
  }
}

TEST(AtlasTrace, ReadsAForeignResult) {
  const auto trace = trace_from_atlas_json(foreign_trace("UDP", R"([
    {"hop":1,"result":[{"from":"192.0.2.1","ttl":255,"size":28,"rtt":0.5},{"from":"192.0.2.1","late":2},{"x":"*"}]},
    {"hop":2,"result":[{"from":"203.0.113.71","ttl":60,"size":56,"rtt":9.25}]}])"));
  ASSERT_TRUE(trace) << trace.error().detail;
  EXPECT_EQ(trace->vantage, "atlas-42");
  EXPECT_EQ(trace->stop, StopReason::reached);
  ASSERT_EQ(trace->hops.size(), 2u);
  // The late answer is to a probe that has an outcome of its own.
  ASSERT_EQ(trace->hops[0].outcomes.size(), 2u);
  const Reply* router = trace->hops[0].answer();
  ASSERT_NE(router, nullptr);
  EXPECT_EQ(router->kind, ReplyKind::time_exceeded);
  EXPECT_EQ(router->quoted_ttl, Ttl{1});
  EXPECT_EQ(router->rtt, std::chrono::microseconds(500));
  EXPECT_TRUE(std::holds_alternative<TimedOut>(trace->hops[0].outcomes[1]));
  EXPECT_EQ(trace->hops[1].answer()->kind, ReplyKind::unreachable);
  EXPECT_EQ(trace->hops[1].answer()->icmp_code, 3);
}

TEST(AtlasTrace, ForeignErrorsAndEndsAreUnderstood) {
  const auto refused =
      trace_from_atlas_json(foreign_trace("ICMP", R"([{"hop":1,"result":[{"from":"192.0.2.1","rtt":1,"err":"A"}]}])"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->stop, StopReason::unreachable);
  EXPECT_EQ(refused->hops[0].answer()->icmp_code, 13);
  const auto silent = trace_from_atlas_json(
      foreign_trace("ICMP", R"([{"hop":1,"result":[{"x":"*"}]},{"hop":255,"result":[{"x":"*"}]}])"));
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->hops.size(), 1u);
  EXPECT_EQ(silent->stop, StopReason::gap_limit);
  const auto echo =
      trace_from_atlas_json(foreign_trace("ICMP", R"([{"hop":1,"result":[{"from":"203.0.113.71","rtt":1}]}])"));
  ASSERT_TRUE(echo);
  EXPECT_EQ(echo->hops[0].answer()->kind, ReplyKind::echo_reply);
  const auto unsent = trace_from_atlas_json(foreign_trace("ICMP", R"([{"hop":1,"error":"connect failed"}])"));
  ASSERT_TRUE(unsent);
  EXPECT_TRUE(std::holds_alternative<SendFailed>(unsent->hops[0].outcomes[0]));
}

TEST(AtlasTrace, RefusesWhatIsNoTrace) {
  for (const std::string& text :
       {std::string("{"), std::string("{}"), foreign_trace("SCTP", "[]"), foreign_trace("UDP", "{}"),
        foreign_trace("UDP", "[1]"), foreign_trace("UDP", R"([{"hop":0,"result":[]}])"),
        foreign_trace("UDP", R"([{"hop":1}])"), foreign_trace("UDP", R"([{"hop":1,"result":[7]}])"),
        foreign_trace("UDP", R"([{"hop":1,"result":[{"from":"router","rtt":1}]}])"),
        foreign_trace("UDP", R"([{"hop":1,"result":[{"from":"0.0.0.0","rtt":1}]}])"),
        foreign_trace("UDP", R"([{"hop":1,"result":[{"from":"192.0.2.1","rtt":-1}]}])"),
        foreign_trace("UDP", R"([{"hop":1,"result":[{"from":"192.0.2.1","rtt":1e300}]}])"),
        foreign_trace("UDP", R"([{"hop":3,"result":[{"x":"*"}]},{"hop":1,"result":[{"x":"*"}]}])"),
        foreign_trace("UDP", R"("traceroute to nowhere")")}) {
    const auto trace = trace_from_atlas_json(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_EQ(trace.error().code, ErrorCode::parse_failed);
  }
}

}  // namespace
}  // namespace isthmus::formats
