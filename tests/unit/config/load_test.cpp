// What a good file means: values, defaults, variables, paths.

#include "isthmus/config/load.hpp"

#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ConfigFile, MinimalFileGetsTheDefaults) {
  const auto result = load_text(kGood);
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_TRUE(result.problems.empty());
  Config expected;
  expected.file = (folder_ / "isthmus.yaml").string();
  expected.vantages = {
      {.name = "frankfurt", .asn = Asn{64496}, .netns = "", .interface = "", .source = {}, .atlas_probe = {}}};
  expected.targets = {{.name = "example",
                       .asn = Asn{64500},
                       .prefixes = {Prefix::parse("192.0.2.0/24").value()},
                       .expected_upstreams = {},
                       .addresses = {}}};
  expected.probing.rate_limit = 50;
  expected.ip2as.prefixes = {(folder_ / "prefixes.csv").string()};
  expected.store.path = (folder_ / "isthmus.db").string();
  EXPECT_EQ(*result.config, expected);
  EXPECT_EQ(result.config->probing.router_limit, 1u);
  EXPECT_FALSE(result.config->probing.quiet);
  EXPECT_FALSE(result.config->probing.ping.rotate);
  EXPECT_EQ(result.config->probing.ping.interval, seconds(10));
  EXPECT_EQ(result.config->probing.ping.timeout, seconds(2));
  EXPECT_EQ(result.config->probing.ping.protocol, Protocol::icmp);
  EXPECT_EQ(result.config->probing.trace.interval, seconds(60));
  EXPECT_EQ(result.config->probing.trace.protocol, Protocol::udp);
  EXPECT_EQ(result.config->probing.trace.flows, 6);
  EXPECT_EQ(result.config->probing.trace.timeout, seconds(1));
  EXPECT_EQ(result.config->probing.trace.attempts, 2);
  EXPECT_EQ(result.config->probing.trace.max_ttl, 32);
  EXPECT_EQ(result.config->probing.trace.gap_limit, 5);
  EXPECT_EQ(to_string(result.config->exporter.address), "127.0.0.1");
  EXPECT_EQ(result.config->exporter.port, 10176);
  EXPECT_FALSE(result.config->exporter.reload_endpoint);
  EXPECT_EQ(result.config->exporter.series_limit, 3'000'000u);
  EXPECT_EQ(result.config->store.retention, std::chrono::hours(90 * 24));
}

TEST_F(ConfigFile, EveryKeyIsRead) {
  write("deny.txt", "# never\n198.51.100.0/24  # theirs\n\n203.0.113.7\r\n2001:db8::1\n");
  const auto result = load_text(R"(
vantages:
  - {name: a, asn: 64496, netns: vp-frankfurt, atlas_probe: 6001}
  - {name: b, asn: 64497, interface: eth7}
  - {name: c, asn: 4294967295, source: "2001:db8::9"}
targets:
  - {name: one, asn: 64500, prefixes: [192.0.2.0/25, 192.0.2.128/25, "2001:db8::/47"],
     expected_upstreams: [64501, 64502], addresses: [192.0.2.1, "2001:db8:1::1"],
     trace_probes_per_hour: 240}
controls: [198.51.100.1, 203.0.113.1]
probing:
  rate_limit: 100000
  router_limit: 7
  ping: {interval: 1500ms, timeout: 1s, protocol: udp, port: 7, rotate: true}
  trace: {interval: 2m, protocol: tcp, port: 443, flows: 64, timeout: 500ms, attempts: 10, max_ttl: 63, gap_limit: 9,
          sentinel: {interval: 30s}}
  deny: [deny.txt]
ip2as: {prefixes: [prefixes.csv, prefixes.csv]}
exporter: {listen: "[::1]:65535", reload_endpoint: true, series_limit: 5000}
store: {path: history.db, retention: 12h, daily_retention: 100d, daily_block_retention: 10d}
)");
  ASSERT_TRUE(result.config) << problems(result);
  const Config& config = *result.config;
  ASSERT_EQ(config.vantages.size(), 3u);
  EXPECT_EQ(config.vantages[0].netns, "vp-frankfurt");
  EXPECT_EQ(config.vantages[0].atlas_probe, 6001u);
  EXPECT_EQ(config.vantages[1].interface, "eth7");
  EXPECT_EQ(config.vantages[2].source, IpAddress::parse("2001:db8::9").value());
  EXPECT_EQ(config.vantages[2].asn, Asn{4294967295});
  ASSERT_EQ(config.targets.size(), 1u);
  EXPECT_EQ(config.targets[0].prefixes.size(), 3u);
  EXPECT_EQ(config.targets[0].expected_upstreams, (std::vector{Asn{64501}, Asn{64502}}));
  EXPECT_EQ(config.targets[0].addresses.size(), 2u);
  EXPECT_EQ(config.targets[0].trace_probes_per_hour, 240u);
  EXPECT_EQ(config.controls.size(), 2u);
  EXPECT_EQ(config.probing.rate_limit, 100000u);
  EXPECT_EQ(config.probing.router_limit, 7u);
  EXPECT_EQ(config.probing.ping, (PingConfig{milliseconds(1500), seconds(1), Protocol::udp, 7, true}));
  EXPECT_EQ(config.probing.trace, (TraceConfig{seconds(120), Protocol::tcp, 443, 64, milliseconds(500), 10, 63, 9,
                                               SentinelConfig{seconds(30)}}));
  EXPECT_EQ(config.probing.deny_files, (std::vector{(folder_ / "deny.txt").string()}));
  EXPECT_EQ(config.probing.deny,
            (std::vector{Prefix::parse("198.51.100.0/24").value(), Prefix::parse("203.0.113.7/32").value(),
                         Prefix::parse("2001:db8::1/128").value()}));
  EXPECT_EQ(config.ip2as.prefixes.size(), 2u);
  EXPECT_EQ(to_string(config.exporter.address), "::1");
  EXPECT_EQ(config.exporter.port, 65535);
  EXPECT_TRUE(config.exporter.reload_endpoint);
  EXPECT_EQ(config.exporter.series_limit, 5000u);
  EXPECT_EQ(config.store.path, (folder_ / "history.db").string());
  EXPECT_EQ(config.store.retention, std::chrono::hours(12));
  EXPECT_EQ(config.store.daily_retention, std::chrono::days(100));
  EXPECT_EQ(config.store.daily_block_retention, std::chrono::days(10));
}

TEST_F(ConfigFile, WithSentinelsWholeTracesAreRareUnlessSaid) {
  const auto with = [&](const std::string& trace) {
    const auto result = load_with("rate_limit: 50", "rate_limit: 50\n  trace: " + trace);
    EXPECT_TRUE(result.config) << problems(result);
    return result.config ? result.config->probing.trace : TraceConfig{};
  };
  EXPECT_FALSE(with("{interval: 60s}").sentinel);
  EXPECT_EQ(with("{sentinel: {}}").sentinel, SentinelConfig{seconds(60)});
  EXPECT_EQ(with("{sentinel: {}}").interval, std::chrono::hours(4));
  EXPECT_EQ(with("{sentinel: {interval: 1h}}").interval, std::chrono::hours(10));
  EXPECT_EQ(with("{interval: 10m, sentinel: {interval: 30s}}").interval, seconds(600));
}

TEST_F(ConfigFile, LargeSpacesAreProbedQuietly) {
  const auto probing = [&](const std::string& prefix, const std::string& more) {
    const auto result = load_text(
        "vantages: [{name: a, asn: 64496}]\n"
        "targets: [{name: one, asn: 64500, prefixes: [" +
        prefix +
        "]}]\n"
        "ip2as: {prefixes: [prefixes.csv]}\nprobing: {rate_limit: 50" +
        more + "}\n");
    EXPECT_TRUE(result.config) << problems(result);
    return result.config ? result.config->probing : ProbingConfig{};
  };
  EXPECT_FALSE(probing("10.0.0.0/16", "").quiet) << "256 blocks";
  const ProbingConfig quiet = probing("10.0.0.0/15", "");
  EXPECT_TRUE(quiet.quiet);
  EXPECT_EQ(quiet.ping.interval, std::chrono::minutes(10));
  EXPECT_TRUE(quiet.ping.rotate);
  EXPECT_EQ(quiet.trace.interval, std::chrono::hours(24));
  EXPECT_EQ(quiet.trace.flows, 3);
  EXPECT_EQ(quiet.trace.sentinel, SentinelConfig{std::chrono::hours(1)});

  EXPECT_EQ(probing("10.0.0.0/24", ", quiet: true"), quiet) << "who asks for it gets it";
  EXPECT_EQ(probing("10.0.0.0/15", ", quiet: false"), probing("10.0.0.0/24", ""));
  const ProbingConfig partly = probing("10.0.0.0/15", ", ping: {interval: 60s}, trace: {interval: 30m, flows: 1}");
  EXPECT_TRUE(partly.quiet);
  EXPECT_EQ(partly.ping.interval, seconds(60));
  EXPECT_TRUE(partly.ping.rotate) << "what is not said stays quiet";
  EXPECT_EQ(partly.trace.flows, 1);
  EXPECT_FALSE(partly.trace.sentinel) << "no use beside whole traces that are more frequent";
  EXPECT_EQ(probing("10.0.0.0/15", ", trace: {sentinel: {interval: 10m}}").trace.interval, std::chrono::hours(24));
}

TEST_F(ConfigFile, VariablesExpandOnceAndDollarsAreDoubled) {
  variables_ = {{"NAME", "cologne"}, {"LIMIT", "77"}, {"ODD", "${NAME}"}, {"EMPTY", ""}};
  auto result = load_with("frankfurt", "\"${NAME}.${EMPTY}x\"");
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(result.config->vantages[0].name, "cologne.x");
  result = load_with("rate_limit: 50", "rate_limit: \"${LIMIT}\"");
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(result.config->probing.rate_limit, 77u);
  result = load_text(std::string(kGood) + "store: {path: \"a$$b${ODD}.db\"}\n");
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(result.config->store.path, (folder_ / "a$b${NAME}.db").string());
}

TEST_F(ConfigFile, AbsolutePathsStay) {
  const auto path = write("elsewhere.csv", "192.0.2.0/24\t64500\n");
  const auto result = load_with("prefixes.csv", path);
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(result.config->ip2as.prefixes, (std::vector{path}));
}

TEST_F(ConfigFile, DataOfEveryKindInListsOrAlone) {
  std::string lists = "[prefixes.csv]";
  for (const char* key : {"registry", "overrides", "as_rel", "as2org", "cones", "ixp"}) {
    write(std::string(key) + ".txt", "x\n");
    write(std::string(key) + ".old", "x\n");
    lists += std::string(", ") + key + ": [" + key + ".txt, " + key + ".old]";
  }
  const auto result = load_with("[prefixes.csv]", lists);
  ASSERT_TRUE(result.config) << problems(result);
  const auto both = [&](const std::string& key) {
    return std::vector{(folder_ / (key + ".txt")).string(), (folder_ / (key + ".old")).string()};
  };
  const Ip2AsConfig& ip2as = result.config->ip2as;
  EXPECT_EQ(ip2as.registry, both("registry"));
  EXPECT_EQ(ip2as.overrides, both("overrides"));
  EXPECT_EQ(ip2as.relationships, both("as_rel"));
  EXPECT_EQ(ip2as.organisations, both("as2org"));
  EXPECT_EQ(ip2as.cones, both("cones"));
  EXPECT_EQ(ip2as.exchanges, both("ixp"));
  const auto alone = load_with("[prefixes.csv]", "prefixes.csv, as_rel: as_rel.txt");
  ASSERT_TRUE(alone.config) << problems(alone);
  EXPECT_EQ(alone.config->ip2as.prefixes.size(), 1u);
  EXPECT_EQ(alone.config->ip2as.relationships, (std::vector{(folder_ / "as_rel.txt").string()}));
}

TEST_F(ConfigFile, AliasesAreWhatTheyStandFor) {
  const auto result = load_with("rate_limit: 50", "rate_limit: 50\n  ping: &often {interval: 1s}\n  trace: *often");
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(result.config->probing.trace.interval, seconds(1));
}

TEST_F(ConfigFile, ExactlyTheMostBlocksAreAllowed) {
  EXPECT_TRUE(load_with("192.0.2.0/24", "10.0.0.0/8").config);
  EXPECT_TRUE(load_with("192.0.2.0/24", "\"2001:db8::/32\"").config);
}

TEST_F(ConfigFile, SystemEnvironmentKnowsLoopbackAndNoNonsense) {
  const Environment environment = system_environment();
  EXPECT_TRUE(environment.interface_exists("lo"));
  EXPECT_FALSE(environment.interface_exists("no-such-if"));
  EXPECT_FALSE(environment.netns_exists("no-such-namespace-here"));
  EXPECT_TRUE(environment.variable("PATH"));
  EXPECT_FALSE(environment.variable("NO_SUCH_VARIABLE_HERE"));
}

}  // namespace
}  // namespace isthmus::config
