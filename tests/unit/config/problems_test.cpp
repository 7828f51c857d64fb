// Each way in which a file can be wrong: the place, what is said, and that nothing else is.

#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kRange = " is out of range or no whole number; write a number from ";

TEST_F(ConfigFile, AllProblemsAtOnce) {
  write("deny.txt", "192.0.2.0/24\nnonsense\n");
  const auto result = load_text(R"(vantages:
  - {name: twice, asn: 64496}
  - {name: twice, asn: 64497, netns: no-such-namespace}
targets:
  - {name: example, asn: 64500, prefixes: [192.0.2.0/33], colour: red}
probing: {rate_limit: 0, deny: [deny.txt]}
ip2as: {prefixes: [missing.csv]}
)");
  EXPECT_FALSE(result.config);
  EXPECT_EQ(problems(result),
            "3:12: two vantage points are called 'twice'; give each its own name\n"
            "3:38: the network namespace 'no-such-namespace' does not exist; create it with `ip netns add`, or name "
            "one that `ip netns list` shows\n"
            "5:44: targets[0].prefixes[0] '192.0.2.0/33' is not a prefix; the prefix length must be 0 to 32\n"
            "5:59: unknown key 'colour' in targets[0]; remove it; known keys are name, asn, prefixes, "
            "expected_upstreams, addresses, trace_probes_per_hour\n"
            "6:23: probing.rate_limit '0' is out of range or no whole number; write a number from 1 to 100000\n"
            "7:20: the file 'missing.csv' of ip2as.prefixes[0] does not exist; create it or correct the path; "
            "relative paths start at the configuration file's folder\n"
            "deny.txt:2:1: 'nonsense' is neither a prefix nor an address: not an IP address such as 175.45.176.71 or "
            "2001:db8::1; write one such as 192.0.2.0/24 a line\n");
}

TEST_F(ConfigFile, MissingKeysAreNotedAtTheirParent) {
  const std::string text = problems(load_text("targets:\n  - {name: x}\nprobing: {router_limit: 2}\n"));
  EXPECT_NE(text.find("1:1: key 'vantages' is missing in the file; add "), std::string::npos) << text;
  EXPECT_NE(text.find("1:1: key 'ip2as' is missing in the file; add "), std::string::npos) << text;
  EXPECT_NE(text.find("2:5: key 'asn' is missing in targets[0]; add "), std::string::npos) << text;
  EXPECT_NE(text.find("2:5: key 'prefixes' is missing in targets[0]; add "), std::string::npos) << text;
  EXPECT_NE(text.find("3:10: key 'rate_limit' is missing in probing; add "), std::string::npos) << text;
}

TEST_F(ConfigFile, MisspeltKeysGetASuggestion) {
  EXPECT_EQ(problems(load_with("rate_limit", "ratelimit")),
            "8:3: unknown key 'ratelimit' in probing; did you mean 'rate_limit'?\n"
            "8:3: key 'rate_limit' is missing in probing; add rate_limit: 50, in packets a second per vantage point\n");
  EXPECT_EQ(problems(load_text(std::string(kGood) + "stoer: {path: x}\n")),
            "10:1: unknown key 'stoer' in the file; did you mean 'store'?\n");
}

TEST_F(ConfigFile, RepeatedKeysAreNotTakenSilently) {
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  rate_limit: 60")),
            "9:3: key 'rate_limit' is given twice in probing; remove one of them\n");
}

TEST_F(ConfigFile, SentinelsLookMoreOftenThanWholeTraces) {
  EXPECT_EQ(
      problems(load_with("rate_limit: 50", "rate_limit: 50\n  trace: {interval: 60s, sentinel: {interval: 60s}}")),
      "9:47: probing.trace.sentinel looks at paths no more often than whole traces do; make probing.trace.interval "
      "longer, 4h for example, or leave the sentinel out\n");
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  trace: {sentinel: {every: 60s}}")),
            "9:22: unknown key 'every' in probing.trace.sentinel; remove it; known keys are interval\n");
}

TEST_F(ConfigFile, AQuotaAllowsATraceNowAndThen) {
  EXPECT_EQ(problems(load_with("asn: 64500", "asn: 64500\n    trace_probes_per_hour: 9")),
            "6:28: targets[0].trace_probes_per_hour '9' is out of range or no whole number; write a number from 10 to "
            "100000000\n");
}

TEST_F(ConfigFile, ValuesOfTheWrongShape) {
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: [50]")),
            "8:15: probing.rate_limit is a list; give it one value\n");
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit:")),
            "8:3: probing.rate_limit is empty; give it one value\n");
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "192.0.2.0/24")),
            "6:15: targets[0].prefixes is plain text; give it a list, [in, brackets]\n");
  EXPECT_EQ(problems(load_with("{name: frankfurt, asn: 64496}", "frankfurt")),
            "2:5: vantages[0] is plain text; give it keys, {key: value}\n");
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  ping: 10s")),
            "9:9: probing.ping is plain text; give it keys, {key: value}\n");
}

TEST_F(ConfigFile, DataFilesThatAreNotThere) {
  EXPECT_EQ(
      problems(load_with("[prefixes.csv]", "[prefixes.csv], ixp: none.json")),
      "9:40: the file 'none.json' of ip2as.ixp does not exist; create it or correct the path; relative paths start "
      "at the configuration file's folder\n");
  EXPECT_EQ(problems(load_with("[prefixes.csv]", "[prefixes.csv], as-rel: prefixes.csv")),
            "9:35: unknown key 'as-rel' in ip2as; did you mean 'as_rel'?\n");
}

TEST_F(ConfigFile, EmptyLists) {
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "[]")),
            "6:15: targets[0].prefixes is empty; list the address space to watch, e.g. [192.0.2.0/24]\n");
  EXPECT_EQ(problems(load_with("[prefixes.csv]", "[]")),
            "9:19: ip2as.prefixes is empty; list prefix-to-AS files; deploy/fetch-prefix-data.sh fetches them\n");
  EXPECT_EQ(problems(load_with("\n  - {name: frankfurt, asn: 64496}", " []")),
            "1:11: there are no vantage points; add one, e.g. {name: here, asn: 64496}\n");
  EXPECT_EQ(problems(load_with("\n  - name: example\n    asn: 64500\n    prefixes: [192.0.2.0/24]", " []")),
            "3:10: there are no targets; add a target, e.g. {name: example, asn: 64500, prefixes: [192.0.2.0/24]}\n");
}

TEST_F(ConfigFile, NumbersOutOfRange) {
  const std::string range = kRange;
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 100001")),
            "8:15: probing.rate_limit '100001'" + range + "1 to 100000\n");
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 1e3")),
            "8:15: probing.rate_limit '1e3'" + range + "1 to 100000\n");
  EXPECT_EQ(problems(load_with("64496", "0")), "2:28: vantages[0].asn '0'" + range + "1 to 4294967295\n");
  EXPECT_EQ(problems(load_with("64496", "4294967296")),
            "2:28: vantages[0].asn '4294967296'" + range + "1 to 4294967295\n");
  EXPECT_EQ(problems(load_with("64496", "AS64496")), "2:28: vantages[0].asn 'AS64496'" + range + "1 to 4294967295\n");
  for (const auto& [key, most] : std::map<std::string, std::string>{
           {"flows", "64"}, {"attempts", "10"}, {"max_ttl", "63"}, {"gap_limit", "255"}}) {
    for (const std::string value : {"0", "256", "-1", "70000"}) {
      EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  trace: {" + key + ": " + value + "}")),
                "9:" + std::to_string(13 + key.size()) + ": probing.trace." + key + " '" + value + "'" + range +
                    "1 to " + most + "\n");
    }
  }
}

TEST_F(ConfigFile, Durations) {
  const auto said = [&](const std::string& value) {
    const std::string text = problems(load_with("rate_limit: 50", "rate_limit: 50\n  ping: {interval: " + value + "}"));
    const std::string start = "9:20: probing.ping.interval '" + value + "'";
    EXPECT_TRUE(text.starts_with(start)) << text;
    return text.substr(start.size());
  };
  EXPECT_EQ(said("10"), " has no unit; write it, e.g. 10s\n");
  EXPECT_EQ(said("-10s"), " is negative; write a duration longer than 0s\n");
  EXPECT_EQ(said("0ms"), " is no time at all; write a duration longer than 0s\n");
  EXPECT_EQ(said("soon"), " is not a duration; write a number and its unit: 500ms, 10s, 5m, 12h, 90d\n");
  EXPECT_EQ(said("10 s"), " is not a duration; write a number and its unit: 500ms, 10s, 5m, 12h, 90d\n");
}

TEST_F(ConfigFile, NamesAreUniqueAndPlain) {
  EXPECT_EQ(problems(load_with("prefixes: [192.0.2.0/24]",
                               "prefixes: [192.0.2.0/24]\n  - {name: example, asn: 1, prefixes: [198.51.100.0/24]}")),
            "7:12: two targets are called 'example'; give each its own name\n");
  for (const std::string name : {"\"\"", "\"a b\"", "\"a/b\"", "\"a\\\"b\""}) {
    const std::string text = problems(load_with("frankfurt", name));
    EXPECT_TRUE(text.starts_with("2:12: vantages[0].name ")) << text;
    EXPECT_NE(text.find("is no good name; use 1 to 63 letters"), std::string::npos) << text;
  }
  EXPECT_TRUE(load_with("frankfurt", std::string(63, 'x')).config);
  EXPECT_FALSE(load_with("frankfurt", std::string(64, 'x')).config);
}

TEST_F(ConfigFile, AtlasProbesStandForOneVantagePoint) {
  EXPECT_EQ(problems(load_with("asn: 64496}", "asn: 64496, atlas_probe: 5}\n  - {name: b, asn: 1, atlas_probe: 5}")),
            "3:36: two vantage points stand for Atlas probe 5; give each its own\n");
}

TEST_F(ConfigFile, BindingsOneAtMostAndReal) {
  EXPECT_EQ(problems(load_with("asn: 64496", "asn: 64496, netns: vp-frankfurt, source: 192.0.2.1")),
            "2:64: vantages[0].source is one binding too many; keep one of netns, interface and source for each "
            "vantage point\n");
  EXPECT_EQ(problems(load_with("asn: 64496", "asn: 64496, interface: eth8")),
            "2:46: the network interface 'eth8' does not exist; name one that `ip link` shows\n");
  EXPECT_EQ(
      problems(load_with("asn: 64496", "asn: 64496, source: 192.0.2.256")),
      "2:43: vantages[0].source '192.0.2.256' is not an IP address; write one such as 192.0.2.1 or 2001:db8::1\n");
  environment_.netns_exists = [](const std::string&) { return true; };
  EXPECT_FALSE(load_with("asn: 64496", "asn: 64496, netns: ../etc/passwd").config);
}

TEST_F(ConfigFile, PrefixesThatCountTwice) {
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "[192.0.2.128/25, 192.0.2.0/24, 198.51.100.0/24, 198.51.100.0/24]")),
            "6:16: 192.0.2.128/25 is covered by 192.0.2.0/24 already; remove one of them\n"
            "6:63: 198.51.100.0/24 is covered by 198.51.100.0/24 already; remove one of them\n");
}

TEST_F(ConfigFile, PrefixesWithHostBits) {
  EXPECT_EQ(problems(load_with("192.0.2.0/24", "192.0.2.1/24")),
            "6:16: targets[0].prefixes[0] '192.0.2.1/24' is not a prefix; has host bits set; write 192.0.2.0/24\n");
}

TEST_F(ConfigFile, TooManyBlocksAreNotedOnce) {
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "[10.0.0.0/8, 192.0.2.0/24, 198.51.100.0/24]")),
            "6:28: with 192.0.2.0/24 the targets hold more than 65536 blocks (/24 or /48); watch smaller prefixes, or "
            "split the targets over several instances\n");
  EXPECT_FALSE(load_with("192.0.2.0/24", "\"::/0\"").config);
}

TEST_F(ConfigFile, AddressesBelongToTheirTarget) {
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "[192.0.2.0/24]\n    addresses: [192.0.3.1, 192.0.2.1, 192.0.2.1]")),
            "7:17: 192.0.3.1 lies outside the prefixes of its target; correct the address, or add its prefix to the "
            "target\n7:39: 192.0.2.1 is listed twice; remove one of them\n");
}

TEST_F(ConfigFile, ControlsLieOutsideTheTargets) {
  EXPECT_EQ(problems(load_text(std::string(kGood) + "controls: [192.0.2.9]\n")),
            "10:12: the control 192.0.2.9 lies inside the target 'example'; choose a stable address that shares "
            "nothing with any target\n");
}

TEST_F(ConfigFile, UpstreamsAreOtherNetworks) {
  EXPECT_EQ(problems(load_with("[192.0.2.0/24]", "[192.0.2.0/24]\n    expected_upstreams: [64500, 7, 7]")),
            "7:26: the target's own AS 64500 cannot be its upstream; remove it\n"
            "7:36: 7 is listed twice; remove one of them\n");
}

TEST_F(ConfigFile, Variables) {
  EXPECT_EQ(problems(load_with("frankfurt", "\"${NOPE}\"")),
            "2:12: vantages[0].name: the environment variable NOPE is not set; set it, or write its value here\n");
  for (const std::string text : {"$HOME", "a$", "${", "${}", "${A", "${A B}", "${1A}"}) {
    EXPECT_EQ(problems(load_with("frankfurt", "\"" + text + "\"")),
              "2:12: vantages[0].name: '$' does not start a variable here; write ${NAME} for a variable, $$ for a "
              "dollar\n");
  }
}

TEST_F(ConfigFile, Listen) {
  for (const std::string listen : {"10176", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "::1:80",
                                   "[127.0.0.1]:80", "localhost:80", "127.0.0.1:", ":80", "[]:80", "[::1]"}) {
    const std::string text = problems(load_text(std::string(kGood) + "exporter: {listen: \"" + listen + "\"}\n"));
    EXPECT_TRUE(text.starts_with("10:20: exporter.listen '" + listen + "' is not an address and a port")) << text;
  }
}

TEST_F(ConfigFile, ReloadEndpointIsTrueOrFalse) {
  EXPECT_EQ(problems(load_text(std::string(kGood) + "exporter: {reload_endpoint: yes}\n")),
            "10:29: exporter.reload_endpoint 'yes' is neither true nor false; write true or false\n");
  EXPECT_EQ(problems(load_text(std::string(kGood) + "exporter: {series_limit: 999}\n")),
            "10:26: exporter.series_limit '999' is out of range or no whole number; write a number from 1000 to "
            "1000000000\n");
}

TEST_F(ConfigFile, Protocols) {
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  ping: {protocol: http}")),
            "9:20: probing.ping.protocol 'http' is not supported; write udp, icmp or tcp\n");
  EXPECT_EQ(problems(load_with("rate_limit: 50", "rate_limit: 50\n  trace: {protocol: sctp}")),
            "9:21: probing.trace.protocol 'sctp' is not supported; write udp, icmp or tcp\n");
}

TEST_F(ConfigFile, StoreNeedsAFolderAndAName) {
  EXPECT_EQ(problems(load_text(std::string(kGood) + "store: {path: none/isthmus.db}\n")),
            "10:15: the folder 'none' of store.path does not exist; create it, or choose another\n");
  EXPECT_EQ(problems(load_text(std::string(kGood) + "store: {path: \"\"}\n")),
            "10:15: store.path '' is not a file; name a file, e.g. isthmus.db\n");
}

TEST_F(ConfigFile, FilesThatAreNotConfigurations) {
  EXPECT_EQ(problems(load_text("")), "1:1: the file is empty; start from deploy/examples/own-network.yaml\n");
  EXPECT_EQ(problems(load_text("[1]\n")), "1:1: the file is a list; give it keys, {key: value}\n");
  EXPECT_EQ(
      problems(load_text(std::string(kGood) + "---\nmore: 1\n")),
      "10:1: the document ends before this, and another starts; keep one document in the file; a stray bracket or "
      "comma ends one, too\n");
  EXPECT_EQ(problems(load_text(", a\n")),
            "1:1: the document ends before this, and another starts; keep one document in the file; a stray bracket or "
            "comma ends one, too\n");
  EXPECT_EQ(problems(load_text("vantages: [a,\nb")),
            "2:1: not YAML: end of sequence flow not found; check quotes, brackets and indentation on and before this "
            "line\n");
  EXPECT_EQ(problems(load_with("64496}", "64496")),
            "4:3: not YAML: illegal block entry; check quotes, brackets and indentation on and before this "
            "line\n");
}

TEST_F(ConfigFile, FilesThatCannotBeRead) {
  EXPECT_EQ(to_string(load("/no/such/file.yaml", environment_).problems.at(0)),
            "/no/such/file.yaml:1:1: cannot be read: No such file or directory; check the path and its permissions");
  EXPECT_EQ(to_string(load(folder_.string(), environment_).problems.at(0)),
            folder_.string() + ":1:1: cannot be read: is a folder; check the path and its permissions");
  EXPECT_NE(problems(load_text(std::string(5 << 20, ' '))).find("larger than 4 MiB"), std::string::npos);
  EXPECT_FALSE(load("/dev/zero", environment_).config);
}

}  // namespace
}  // namespace isthmus::config
