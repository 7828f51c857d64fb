// What an agent says of itself: on its metrics page and in words, and that there is nothing else.

#include "isthmus/telemetry/agent_metrics.hpp"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "telemetry/http_routes.hpp"

namespace isthmus::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

AgentStatus sample() {
  AgentStatus status;
  status.version = "1.2.3";
  status.connected = true;
  status.connects = 4;
  status.reload_success = Timestamp(100s);
  AgentVantageStatus vantage;
  vantage.vantage = "frankfurt";
  vantage.probing = true;
  vantage.name_ours = true;
  vantage.serial = 7;
  vantage.assigned = Timestamp(1'506'848'871s);
  vantage.targets = 2;
  vantage.refusals = 3;
  vantage.waiting_batches = 5;
  vantage.waiting_bytes = 6000;
  vantage.arrived = 70;
  vantage.refused = 8;
  vantage.dropped_batches = 9;
  vantage.clock_offset = -1500ms;
  vantage.report.emplace();
  vantage.report->sent = {{"ping", Protocol::icmp, 11}, {"traceroute", Protocol::udp, 12}};
  vantage.report->denied = 13;
  status.vantages.push_back(vantage);
  vantage = {};
  vantage.vantage = "tokyo";
  vantage.name_taken = true;
  vantage.other_host = "elsewhere";
  vantage.problem = "publish to the stream: maximum bytes exceeded";
  status.vantages.push_back(vantage);
  return status;
}

TEST(AgentMetrics, EveryFigureHasItsSeries) {
  const std::string text = metrics_text(sample());
  for (const char* line :
       {"isthmus_agent_connected 1\n",
        "isthmus_agent_connects_total 4\n",
        "isthmus_build_info{version=\"1.2.3\"} 1\n",
        "isthmus_config_last_reload_success_timestamp_seconds 100\n",
        "isthmus_agent_probing{vantage=\"frankfurt\"} 1\n",
        "isthmus_agent_probing{vantage=\"tokyo\"} 0\n",
        "isthmus_agent_name_held{vantage=\"frankfurt\"} 1\n",
        "isthmus_agent_name_taken{vantage=\"tokyo\"} 1\n",
        "isthmus_agent_assignment_serial{vantage=\"frankfurt\"} 7\n",
        "isthmus_agent_assignment_timestamp_seconds{vantage=\"frankfurt\"} 1506848871\n",
        "isthmus_agent_assignment_refusals{vantage=\"frankfurt\"} 3\n",
        "isthmus_agent_spool_batches{vantage=\"frankfurt\"} 5\n",
        "isthmus_agent_spool_bytes{vantage=\"frankfurt\"} 6000\n",
        "isthmus_agent_batches_arrived_total{vantage=\"frankfurt\"} 70\n",
        "isthmus_agent_batches_refused_total{vantage=\"frankfurt\"} 8\n",
        "isthmus_agent_spool_dropped_batches_total{vantage=\"frankfurt\"} 9\n",
        "isthmus_agent_clock_offset_seconds{vantage=\"frankfurt\"} -1.5\n",
        "isthmus_agent_probes_sent_total{vantage=\"frankfurt\",engine=\"ping\",protocol=\"icmp\"} 11\n",
        "isthmus_agent_probes_denied_total{vantage=\"frankfurt\"} 13\n",
        "isthmus_agent_problem{vantage=\"frankfurt\"} 0\n",
        "isthmus_agent_problem{vantage=\"tokyo\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("isthmus_agent_clock_offset_seconds{vantage=\"tokyo\"}"))) << "it is not known";
}

TEST(AgentMetrics, WhatIsWrongWithTheBrokerIsOneOfFour) {
  AgentStatus status = sample();
  EXPECT_THAT(metrics_text(status), HasSubstr("isthmus_agent_broker_problem{kind=\"credentials\"} 0\n"));
  status.problem = "connect to the broker: Authentication Violation";
  status.problem_kind = "credentials";
  EXPECT_THAT(metrics_text(status), HasSubstr("isthmus_agent_broker_problem{kind=\"credentials\"} 1\n"));
  EXPECT_THAT(metrics_text(status), HasSubstr("isthmus_agent_broker_problem{kind=\"tls\"} 0\n"));
}

TEST(AgentMetrics, EveryFamilyIsExplainedOnceAndNamedByTheConventions) {
  const std::string text = metrics_text(sample());
  const std::regex family("# HELP (\\S+) (.+)\n# TYPE (\\S+) (\\S+)\n");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), family), end; at != end; ++at) {
    EXPECT_TRUE(names.insert((*at)[1]).second) << (*at)[1];
    EXPECT_GT((*at)[2].length(), 20) << (*at)[1];
    EXPECT_EQ((*at)[1].str().ends_with("_total"), (*at)[4] == "counter") << (*at)[1];
  }
  EXPECT_GT(names.size(), 25U);
}

TEST(AgentMetrics, ThePageTellsAPersonWhatIsWrong) {
  AgentStatus status = sample();
  const std::string page = agent_page(status);
  EXPECT_THAT(page, HasSubstr("assignment 7 of 2017-10-01T09:07:51.000Z: 2 target(s)"));
  EXPECT_THAT(page, HasSubstr("another agent works under this name on elsewhere"));
  EXPECT_THAT(page, HasSubstr("maximum bytes exceeded"));
  status.connected = false;
  status.problem = "connect to the broker: no";
  EXPECT_THAT(agent_page(status), HasSubstr("waits in the spool\n  connect to the broker: no\n"));
}

TEST(AgentMetrics, AnAgentServesItsPagesAndNoApi) {
  Handlers handlers;
  handlers.own_metrics = [] { return std::string("isthmus_agent_connected 1\n"); };
  handlers.own_page = [] { return std::string("isthmus agent\n"); };
  handlers.healthy = [] { return Health{.ok = false, .reason = "it stands still"}; };
  handlers.ready = [] { return Health{}; };
  const auto get = [&](std::string_view target) {
    return respond({.method = "GET", .target = target, .from_browser_page = false}, handlers);
  };
  EXPECT_EQ(get("/metrics").body, "isthmus_agent_connected 1\n");
  EXPECT_EQ(get("/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(get("/").body, "isthmus agent\n");
  EXPECT_EQ(get("/-/healthy").status, 503U);
  EXPECT_EQ(get("/-/ready").status, 200U);
  for (const char* target : {"/api/v1/targets", "/api/v1/events", "/api/v1/whatif?fail=AS1", "/nothing"}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 404U) << target;
    EXPECT_THAT(response.body, Not(HasSubstr("/api/")));
  }
}

}  // namespace
}  // namespace isthmus::telemetry
