// The section of a fleet and the file of an agent: what good ones mean, and what is said of each bad one.

#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kNkey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

class FleetSection : public ConfigFile {
 protected:
  /// What is wrong with a good file that has this section in its tenth line.
  std::string said(const std::string& section) const {
    return problems(load_text(std::string(kGood) + "fleet: {" + section + "}\n"));
  }
};

TEST_F(FleetSection, EveryKeyIsRead) {
  for (const char* file : {"core.seed", "ca.pem", "core.pem", "core.key"}) write(file, "x");
  const auto result = load_text(std::string(kGood) + R"(fleet:
  servers: ["tls://a.example.net:4222", "tls://b.example.net", "tls://[2001:db8::1]:4222"]
  nkey: )" + kNkey + R"(
  nkey_seed_file: core.seed
  ca: ca.pem
  certificate: core.pem
  key_file: core.key
  partition: 0-3 of 8
  stream: OBSERVED
  replicas: 3
  kept: 7d
  max_bytes: 1.5GB
)");
  ASSERT_TRUE(result.config) << problems(result);
  FleetConfig expected;
  expected.broker.servers = {"tls://a.example.net:4222", "tls://b.example.net", "tls://[2001:db8::1]:4222"};
  expected.broker.nkey = kNkey;
  expected.broker.nkey_seed_file = (folder_ / "core.seed").string();
  expected.broker.ca = (folder_ / "ca.pem").string();
  expected.broker.certificate = (folder_ / "core.pem").string();
  expected.broker.key_file = (folder_ / "core.key").string();
  expected.partition = {0, 3, 8};
  expected.stream = "OBSERVED";
  expected.replicas = 3;
  expected.kept = std::chrono::hours(7 * 24);
  expected.max_bytes = 1'500'000'000;
  EXPECT_EQ(*result.config->fleet, expected);
}

TEST_F(FleetSection, WhatIsLeftOutHasItsDefault) {
  EXPECT_FALSE(load_text(kGood).config->fleet);
  const auto result = load_text(std::string(kGood) + "fleet: {servers: [\"nats://127.0.0.1:4222\"]}\n");
  ASSERT_TRUE(result.config) << problems(result);
  FleetConfig expected;
  expected.broker.servers = {"nats://127.0.0.1:4222"};
  EXPECT_EQ(*result.config->fleet, expected);
}

TEST_F(FleetSection, OnlyTheLoopbackInterfaceIsSpokenToInTheClear) {
  for (const std::string server : {"nats://localhost:4222", "nats://127.8.9.1", "nats://[::1]:4222"}) {
    EXPECT_EQ(said("servers: [\"" + server + "\"]"), "");
  }
  for (const std::string server : {"nats://192.0.2.1:4222", "nats://[2001:db8::1]", "nats://localhost.example.net",
                                   "nats://128.0.0.1", "nats://broker"}) {
    EXPECT_EQ(said("servers: [\"" + server + "\"]"),
              "10:19: fleet.servers[0] '" + server +
                  "' would be spoken to without encryption; use tls://; nats:// is for the loopback interface only\n");
  }
}

TEST_F(FleetSection, NamesAreWordsBetweenDots) {
  for (const std::string name : {".a", "a.", "a..b", "."}) {
    std::string text = std::string(kGood) + "fleet: {servers: [\"tls://broker\"]}\n";
    text.replace(text.find("frankfurt"), 9, name);
    EXPECT_EQ(problems(load_text(text)), "10:8: the vantage point '" + name +
                                             "' cannot take part in a fleet; give it a name that has dots only between "
                                             "other characters\n");
  }
}

TEST_F(FleetSection, ServersAreServers) {
  for (const std::string server : {"broker:4222", "http://broker", "tls://", "tls://a b", "tls://broker:0",
                                   "tls://broker:65536", "tls://broker:4222/x", "tls://[broker]", "tls://[::1", ""}) {
    EXPECT_EQ(said("servers: [\"" + server + "\"]"),
              "10:19: fleet.servers[0] '" + server + "' is no broker's address; write tls://host:4222\n");
  }
  EXPECT_EQ(said("servers: []"), "10:18: fleet.servers is empty; list one broker at least, as tls://host:4222\n");
  EXPECT_EQ(said("replicas: 1"),
            "10:8: key 'servers' is missing in fleet; add servers: [\"tls://broker.example.net:4222\"], where the NATS "
            "broker of the fleet is\n");
}

TEST_F(FleetSection, SecretsAreNeitherTakenFromTheFileNorRepeated) {
  EXPECT_EQ(said("servers: [\"tls://core:s3cret@broker:4222\"]"),
            "10:19: fleet.servers[0] has a name or password in it; keep secrets in files: fleet.credentials, or "
            "fleet.nkey with fleet.nkey_seed_file\n");
  write("seed", "x");
  const std::string text = said("servers: [\"tls://broker\"], nkey: SUACRET, nkey_seed_file: seed");
  EXPECT_TRUE(text.starts_with("10:42: fleet.nkey is no public key of a user; write the key that starts with U"))
      << text;
  EXPECT_EQ(text.find("SUACRET"), std::string::npos);
}

TEST_F(FleetSection, IdentitiesAreWholeAndOne) {
  write("file", "x");
  const std::string start = "servers: [\"tls://broker\"], ";
  EXPECT_EQ(said(start + "nkey: " + kNkey),
            "10:42: fleet.nkey is given without nkey_seed_file; give both, nkey and nkey_seed_file, or neither\n");
  EXPECT_EQ(said(start + "key_file: file"),
            "10:46: fleet.key_file is given without certificate; give both, certificate and key_file, or neither\n");
  EXPECT_EQ(said(start + "nkey: " + kNkey + ", nkey_seed_file: file, credentials: file"),
            "10:42: fleet.nkey is one identity too many; keep credentials, or nkey with nkey_seed_file\n");
  EXPECT_EQ(said(start + "credentials: core.creds"),
            "10:49: the file 'core.creds' of fleet.credentials does not exist; create it or correct the path; relative "
            "paths start at the configuration file's folder\n");
}

TEST_F(FleetSection, Partitions) {
  const auto partition = [&](const std::string& text) {
    const auto result =
        load_text(std::string(kGood) + "fleet: {servers: [\"tls://broker\"], partition: " + text + "}\n");
    return result.config ? std::optional(result.config->fleet->partition) : std::nullopt;
  };
  EXPECT_EQ(partition("2 of 8"), (PartitionRange{2, 2, 8}));
  EXPECT_EQ(partition("0-1023 of 1024"), (PartitionRange{0, 1023, 1024}));
  const auto wrong = [&](const std::string& text) { return said("servers: [\"tls://broker\"], partition: " + text); };
  for (const std::string text : {"3", "0-3", "a of 8", "0 - 3 of 8", "0-3 of 8x", "-1 of 8", "0-3  of 8"}) {
    EXPECT_EQ(wrong(text), "10:47: fleet.partition '" + text + "' names no partitions; write 2 of 8, or 0-3 of 8\n");
  }
  for (const std::string text : {"8 of 8", "3-1 of 8", "0-8 of 8"}) {
    EXPECT_EQ(wrong(text), "10:47: fleet.partition '" + text +
                               "' names partitions that are not there; write the lower one first; they count from 0 to "
                               "7\n");
  }
  for (const std::string text : {"0 of 0", "0 of 1025"}) {
    EXPECT_EQ(wrong(text),
              "10:47: fleet.partition '" + text + "' has a number of partitions out of range; a fleet has 1 to 1024\n");
  }
}

TEST_F(FleetSection, WhatTheStreamIs) {
  const std::string start = "servers: [\"tls://broker\"], ";
  EXPECT_EQ(said(start + "replicas: 2"),
            "10:46: fleet.replicas '2' bears no more failures than one less; write 1, 3 or 5\n");
  EXPECT_EQ(said(start + "stream: a.b"),
            "10:44: fleet.stream 'a.b' has a dot; a stream's name has none; write ISTHMUS\n");
  EXPECT_EQ(said(start + "max_bytes: 20"), "10:47: fleet.max_bytes '20' has no unit; write it, e.g. 20MB\n");
  for (const std::string bytes : {"GB", "-1GB", "0MB", "1gb", "5 MB", "nanGB", "infGB", "9999999TB"}) {
    EXPECT_EQ(said(start + "max_bytes: " + bytes),
              "10:47: fleet.max_bytes '" + bytes +
                  "' is no number of bytes; write a number and its unit: 500MB, 1GB, 2GiB\n");
  }
}

constexpr const char* kGoodAgent = R"(vantages:
  - {name: frankfurt, asn: 64496}
probing:
  allow: [192.0.2.0/24, "2001:db8::/48"]
  rate_limit: 50
fleet: {servers: ["tls://broker.example.net:4222"], spool: spool}
)";

class AgentFile : public ConfigFile {
 protected:
  void SetUp() override {
    ConfigFile::SetUp();
    std::filesystem::create_directory(folder_ / "spool");
  }
  AgentLoadResult load_agent_text(const std::string& text) const {
    return load_agent(write("isthmus.yaml", text), environment_);
  }
  std::string said_of(const std::string& text) const {
    return problems(LoadResult{std::nullopt, load_agent_text(text).problems});
  }
  std::string said_with(const std::string& piece, const std::string& by) const {
    std::string text = kGoodAgent;
    return said_of(text.replace(text.find(piece), piece.size(), by));
  }
};

TEST_F(AgentFile, EveryKeyIsRead) {
  write("deny.txt", "192.0.2.128/25\n");
  write("agent.creds", "x");
  const auto result = load_agent_text(R"(
vantages: [{name: a, asn: 64496, netns: vp-frankfurt}, {name: b, asn: 64497}]
probing: {allow: [192.0.2.0/24], rate_limit: 20, router_limit: 3, deny: [deny.txt]}
exporter: {listen: "127.0.0.1:10177"}
fleet: {servers: ["tls://broker"], credentials: agent.creds, spool: spool, spool_bytes: 2GiB, spool_age: 3d}
)");
  ASSERT_TRUE(result.config) << problems(LoadResult{std::nullopt, result.problems});
  const AgentConfig& agent = *result.config;
  EXPECT_EQ(agent.file, (folder_ / "isthmus.yaml").string());
  ASSERT_EQ(agent.vantages.size(), 2U);
  EXPECT_EQ(agent.vantages[0].netns, "vp-frankfurt");
  EXPECT_EQ(agent.allow, std::vector{Prefix::parse("192.0.2.0/24").value()});
  EXPECT_EQ(agent.rate_limit, 20U);
  EXPECT_EQ(agent.router_limit, 3U);
  EXPECT_EQ(agent.deny_files, std::vector{(folder_ / "deny.txt").string()});
  EXPECT_EQ(agent.deny, std::vector{Prefix::parse("192.0.2.128/25").value()});
  EXPECT_EQ(agent.exporter.port, 10177);
  EXPECT_EQ(agent.broker.servers, std::vector<std::string>{"tls://broker"});
  EXPECT_EQ(agent.broker.credentials, (folder_ / "agent.creds").string());
  EXPECT_EQ(agent.spool, (folder_ / "spool").string());
  EXPECT_EQ(agent.spool_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(agent.spool_age, std::chrono::hours(72));
}

TEST_F(AgentFile, WhatIsLeftOutHasItsDefault) {
  const auto result = load_agent_text(kGoodAgent);
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->router_limit, 1U);
  EXPECT_EQ(result.config->exporter, ExporterConfig{});
  EXPECT_EQ(result.config->spool_bytes, 1'000'000'000U);
  EXPECT_EQ(result.config->spool_age, std::chrono::hours(14 * 24));
}

TEST_F(AgentFile, WhatIsAssignedHasNoPlaceInIt) {
  EXPECT_EQ(said_of(std::string(kGoodAgent) + "targets: []\n"),
            "7:1: unknown key 'targets' in an agent's file; remove it; known keys are vantages, probing, exporter, "
            "fleet\n");
  EXPECT_EQ(said_with("rate_limit: 50", "rate_limit: 50\n  trace: {flows: 3}"),
            "6:3: unknown key 'trace' in probing; remove it; known keys are allow, rate_limit, router_limit, deny\n");
  EXPECT_EQ(said_with("spool: spool", "spool: spool, partition: 0 of 8"),
            "6:67: unknown key 'partition' in fleet; remove it; known keys are servers, credentials, nkey, "
            "nkey_seed_file, ca, certificate, key_file, spool, spool_bytes, spool_age\n");
}

TEST_F(AgentFile, LimitsHaveNoDefaults) {
  EXPECT_EQ(said_of("vantages: [{name: a, asn: 1}]\n"),
            "1:1: key 'probing' is missing in an agent's file; add probing: {allow: [192.0.2.0/24], rate_limit: 50}\n"
            "1:1: key 'fleet' is missing in an agent's file; add fleet: {servers: "
            "[\"tls://broker.example.net:4222\"], credentials: agent.creds, spool: spool}\n");
  EXPECT_EQ(said_with("  allow: [192.0.2.0/24, \"2001:db8::/48\"]\n  rate_limit: 50", "  router_limit: 1"),
            "4:3: key 'allow' is missing in probing; add allow: [192.0.2.0/24], all that this agent may ever probe, "
            "controls included\n"
            "4:3: key 'rate_limit' is missing in probing; add rate_limit: 50, in packets a second per vantage point\n");
  EXPECT_EQ(said_with("[192.0.2.0/24, \"2001:db8::/48\"]", "[]"),
            "4:10: probing.allow is empty: nothing could ever be probed; write allow: [192.0.2.0/24], all that this "
            "agent may ever probe, controls included\n");
  EXPECT_EQ(said_with("192.0.2.0/24", "192.0.2.7"),
            "4:11: probing.allow[0] '192.0.2.7' is not a prefix; a prefix needs a length, e.g. 175.45.176.0/22; write "
            "/32 or /128 for one address\n");
}

TEST_F(AgentFile, ADenyListFailsClosed) {
  write("deny.txt", "all of it\n");
  EXPECT_EQ(said_with("rate_limit: 50", "rate_limit: 50\n  deny: [deny.txt]").substr(0, 52),
            "deny.txt:1:1: 'all of it' is neither a prefix nor an");
}

TEST_F(AgentFile, TheSpoolNeedsItsFolder) {
  EXPECT_EQ(said_with("spool: spool", "spool: elsewhere"),
            "6:60: the folder 'elsewhere' of fleet.spool does not exist; create it, for the agent's user alone (mode "
            "0700), or choose another\n");
  EXPECT_EQ(
      said_with(", spool: spool", ""),
      "6:8: key 'spool' is missing in fleet; add spool: and a folder for what the broker has not confirmed yet\n");
}

}  // namespace
}  // namespace isthmus::config
