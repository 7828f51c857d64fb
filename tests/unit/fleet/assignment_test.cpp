// Assignments: what is written is read again, nonsense is refused by field, and nobody gets an agent to do more than
// its own file allows.

#include "isthmus/fleet/assignment.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <random>

#include "fleet/assignment.pb.h"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }
IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

Assignment good() {
  Assignment assignment;
  assignment.vantage = "site.frankfurt";
  assignment.serial = 7;
  assignment.written = Timestamp(1'506'848'871s);
  assignment.stream = "ISTHMUS";
  assignment.partitions = 8;
  assignment.targets = {{.name = "example",
                         .prefixes = {prefix("192.0.2.0/24"), prefix("2001:db8::/47")},
                         .addresses = {address("192.0.2.7"), address("2001:db8:1::1")},
                         .trace_probes_per_hour = 12.5},
                        {.name = "other", .prefixes = {prefix("198.51.100.128/25")}, .addresses = {}}};
  assignment.controls = {address("203.0.113.9"), address("2001:db8:ffff::1")};
  assignment.rate_limit = 200;
  assignment.router_limit = 3;
  assignment.quiet = true;
  assignment.pings = {.interval = 30s, .timeout = 1500ms, .protocol = Protocol::tcp, .port = 443, .rotate = true};
  assignment.traces = {.interval = 1h,
                       .timeout = 700ms,
                       .protocol = Protocol::icmp,
                       .port = 33434,
                       .flows = 64,
                       .attempts = 10,
                       .max_ttl = 63,
                       .gap_limit = 255,
                       .sentinel_interval = 1min};
  return assignment;
}

v1::Assignment on_wire(const Assignment& assignment) {
  v1::Assignment out;
  EXPECT_TRUE(out.ParseFromString(encode(assignment)));
  return out;
}

TEST(Assignment, IsReadAsItWasWritten) {
  EXPECT_EQ(decode_assignment(encode(good())).value(), good());
  Assignment least = good();
  least.targets.clear();
  least.controls.clear();
  least.traces.sentinel_interval.reset();
  EXPECT_EQ(decode_assignment(encode(least)).value(), least) << "nothing to do is an assignment, too";
}

TEST(Assignment, ItsSerialAndItsTimeAreNoWork) {
  Assignment later = good();
  later.serial = 8;
  later.written += 1h;
  EXPECT_TRUE(same_work(good(), later));
  later.targets[1].addresses = {address("198.51.100.129")};
  EXPECT_FALSE(same_work(good(), later));
}

TEST(Assignment, WhatNoConfigurationCouldAskForIsRefusedByField) {
  using Change = std::function<void(v1::Assignment&)>;
  const std::vector<std::pair<const char*, Change>> cases{
      {"vantage is no good name", [](auto& a) { a.set_vantage("a/b"); }},
      {"stream is no good name", [](auto& a) { a.set_stream(""); }},
      {"written is beyond", [](auto& a) { a.set_written(std::numeric_limits<std::uint64_t>::max()); }},
      {"partitions is not from 1 to 1024", [](auto& a) { a.set_partitions(0); }},
      {"partitions is not from 1 to 1024", [](auto& a) { a.set_partitions(1025); }},
      {"rate_limit is not from 1 to 100000", [](auto& a) { a.set_rate_limit(0); }},
      {"rate_limit is not from 1 to 100000", [](auto& a) { a.set_rate_limit(100'001); }},
      {"router_limit is not from 1 to 1000", [](auto& a) { a.set_router_limit(0); }},
      {"pings.interval is no time at all", [](auto& a) { a.clear_pings(); }},
      {"pings.interval is no time at all", [](auto& a) { a.mutable_pings()->set_interval(0); }},
      {"pings.timeout is no time at all, or more than ten years",
       [](auto& a) { a.mutable_pings()->set_timeout(std::uint64_t{1} << 63); }},
      {"pings.protocol is of no known kind", [](auto& a) { a.mutable_pings()->set_protocol(3); }},
      {"pings.port is not from 0 to 65520", [](auto& a) { a.mutable_pings()->set_port(65'521); }},
      {"traces.interval is no time at all", [](auto& a) { a.mutable_traces()->set_interval(0); }},
      {"traces.flows is not from 1 to 64", [](auto& a) { a.mutable_traces()->set_flows(65); }},
      {"traces.flows is not from 1 to 64", [](auto& a) { a.mutable_traces()->set_flows(0); }},
      {"traces.attempts is not from 1 to 10", [](auto& a) { a.mutable_traces()->set_attempts(11); }},
      {"traces.max_ttl is not from 1 to 63", [](auto& a) { a.mutable_traces()->set_max_ttl(64); }},
      {"traces.gap_limit is not from 1 to 255", [](auto& a) { a.mutable_traces()->set_gap_limit(256); }},
      {"traces.sentinel_interval is no shorter",
       [](auto& a) { a.mutable_traces()->set_sentinel_interval(a.traces().interval()); }},
      {"targets.name is no good name", [](auto& a) { a.mutable_targets(0)->set_name(std::string(64, 'x')); }},
      {"targets.name is that of two", [](auto& a) { a.mutable_targets(1)->set_name("example"); }},
      {"targets.prefixes are none", [](auto& a) { a.mutable_targets(0)->clear_prefixes(); }},
      {"targets.prefixes is no prefix", [](auto& a) { a.mutable_targets(0)->set_prefixes(0, "abc"); }},
      {"targets.prefixes is no prefix", [](auto& a) { a.mutable_targets(0)->set_prefixes(0, ""); }},
      {"targets.prefixes is no prefix", [](auto& a) { a.mutable_targets(0)->set_prefixes(0, "\xC0\x01\x02\x03\x21"); }},
      {"targets.prefixes has host bits",
       [](auto& a) { a.mutable_targets(0)->set_prefixes(0, "\xC0\x01\x02\x03\x18"); }},
      {"targets.prefixes hold more than 65536",
       [](auto& a) { a.mutable_targets(0)->add_prefixes(std::string("\x0A\0\0\0\x08", 5)); }},
      {"targets.prefixes hold more than 65536",
       [](auto& a) { a.mutable_targets(0)->add_prefixes(std::string(17, '\0')); }},
      {"targets.addresses has neither 4 nor 16", [](auto& a) { a.mutable_targets(0)->set_addresses(0, "abc"); }},
      {"targets.addresses lie outside", [](auto& a) { a.mutable_targets(0)->set_addresses(0, "\xC0\x01\x02\x03"); }},
      {"targets.trace_probes_per_hour is out of range",
       [](auto& a) { a.mutable_targets(0)->set_trace_probes_per_hour(-1); }},
      {"targets.trace_probes_per_hour is out of range",
       [](auto& a) { a.mutable_targets(0)->set_trace_probes_per_hour(std::numeric_limits<double>::quiet_NaN()); }},
      {"controls has neither 4 nor 16", [](auto& a) { a.set_controls(0, ""); }},
  };
  for (const auto& [what, change] : cases) {
    v1::Assignment wrong = on_wire(good());
    change(wrong);
    const auto read = decode_assignment(wrong.SerializeAsString());
    ASSERT_FALSE(read) << what;
    EXPECT_EQ(read.error().code, ErrorCode::parse_failed);
    EXPECT_THAT(read.error().detail, HasSubstr(what));
  }
}

TEST(Assignment, AnotherSchemaIsRefusedByName) {
  v1::Assignment later = on_wire(good());
  later.set_schema(2);
  const auto read = decode_assignment(later.SerializeAsString());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::refused);
  EXPECT_THAT(read.error().detail, HasSubstr("schema 2, this isthmus reads 1"));
}

TEST(Assignment, AnyBytesAreReadOrRefused) {
  std::mt19937 random(11);
  const std::string start = encode(good());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = start;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % bytes.size();
      if (random() % 3 == 0) {
        bytes.erase(at, 1 + random() % 5);
      } else {
        bytes[at] = static_cast<char>(random());
      }
      if (bytes.empty()) break;
    }
    const auto read = decode_assignment(bytes);
    if (read) {
      EXPECT_EQ(decode_assignment(encode(*read)).value(), *read);
    }
  }
  EXPECT_FALSE(decode_assignment(std::string(kMostAssignmentBytes + 1, '\0')));
}

TEST(Confine, WhatIsAllowedStaysAsItIs) {
  const Confined confined =
      confine(good(), {.allow = {prefix("0.0.0.0/0"), prefix("::/0")}, .rate_limit = 200, .router_limit = 3});
  EXPECT_EQ(confined.assignment, good());
  EXPECT_THAT(confined.refusals, IsEmpty());
}

TEST(Confine, WhatReachesOutsideIsLeftOutWholeAndNamed) {
  const Confined confined =
      confine(good(), {.allow = {prefix("198.51.100.0/24"), prefix("192.0.2.0/24"), prefix("2001:db8:ffff::/48")},
                       .rate_limit = 50,
                       .router_limit = 1});
  ASSERT_EQ(confined.assignment.targets.size(), 1U);
  EXPECT_EQ(confined.assignment.targets[0].name, "other");
  EXPECT_THAT(confined.assignment.controls, ElementsAre(address("2001:db8:ffff::1")));
  EXPECT_EQ(confined.assignment.rate_limit, 50U);
  EXPECT_EQ(confined.assignment.router_limit, 1U);
  EXPECT_THAT(confined.refusals,
              ElementsAre("target example is left out: 2001:db8::/47 is outside probing.allow of this agent's file",
                          "control 203.0.113.9 is left out: it is outside probing.allow of this agent's file",
                          "rate_limit 200 is above probing.rate_limit of this agent's file; 50 is used",
                          "router_limit 3 is above probing.router_limit of this agent's file; 1 is used"));
}

TEST(Confine, ATargetThatIsLargerThanWhatIsAllowedIsNotCutToIt) {
  Assignment large = good();
  large.targets = {{.name = "large", .prefixes = {prefix("192.0.0.0/16")}, .addresses = {}}};
  EXPECT_THAT(confine(large, {.allow = {prefix("192.0.2.0/24")}}).assignment.targets, IsEmpty());
}

TEST(Confine, SeveralPrefixesMayAllowOneTogether) {
  Assignment whole = good();
  whole.targets = {{.name = "whole", .prefixes = {prefix("192.0.2.0/24")}, .addresses = {}}};
  const auto count = [&](std::vector<Prefix> allow) {
    return confine(whole, {.allow = std::move(allow)}).assignment.targets.size();
  };
  EXPECT_EQ(count({prefix("192.0.2.0/25"), prefix("192.0.2.128/25")}), 1U);
  EXPECT_EQ(count({prefix("192.0.2.0/25"), prefix("192.0.2.128/26"), prefix("192.0.2.192/26")}), 1U);
  EXPECT_EQ(count({prefix("192.0.2.0/25"), prefix("192.0.2.128/26"), prefix("192.0.2.192/27")}), 0U);
  EXPECT_EQ(count({prefix("::/0")}), 0U) << "the other family";
}

TEST(EverythingBut, IsWhatNoneHolds) {
  const std::vector<Prefix> allow{prefix("192.0.2.0/24"), prefix("192.0.2.128/25"), prefix("2001:db8::/48")};
  const auto rest = everything_but(allow);
  const auto held = [&](const char* text) {
    return std::ranges::any_of(rest, [&](const Prefix& each) { return each.contains(address(text)); });
  };
  for (const char* inside : {"192.0.2.0", "192.0.2.255", "2001:db8::", "2001:db8:0:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_FALSE(held(inside)) << inside;
  }
  for (const char* beside : {"192.0.1.255", "192.0.3.0", "0.0.0.0", "255.255.255.255",
                             "::", "2001:db8:1::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "ffff::1"}) {
    EXPECT_TRUE(held(beside)) << beside;
  }
  EXPECT_EQ(rest.size(), 24U + 48U);
  EXPECT_THAT(everything_but({}), ElementsAre(prefix("0.0.0.0/0"), prefix("::/0")));
  const std::vector<Prefix> all{prefix("0.0.0.0/1"), prefix("128.0.0.0/1"), prefix("::/0")};
  EXPECT_THAT(everything_but(all), IsEmpty());
}

}  // namespace
}  // namespace isthmus::fleet
