// Targets that are listed elsewhere: in files and behind URLs, in our words and in those of Prometheus.

#include <random>

#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kOurs = R"(- {name: two, asn: 64501, prefixes: [198.51.100.0/24], expected_upstreams: [64502]}
)";
constexpr const char* kGroups = R"([
  {
    "targets": ["203.0.113.1", "203.0.113.9"],
    "labels": {
      "__meta_site": "seoul",
      "name": "three",
      "asn": "64503",
      "prefixes": "203.0.113.0/25, 203.0.113.128/25",
      "expected_upstreams": "64504,64505"
    }
  }
])";

class TargetSources : public ConfigFile {
 protected:
  void SetUp() override {
    ConfigFile::SetUp();
    std::filesystem::create_directories(folder_ / "targets");
  }
  // The good file with these sources.
  LoadResult load_from(const std::string& sources) const {
    return load_text(std::string(kGood) + "targets_from: " + sources + "\n");
  }
  void serve(const std::string& text) {
    environment_.fetch = [text](const HttpTargetsConfig&) { return Result<std::string>(text); };
  }
  static std::vector<std::string> names(const LoadResult& result) {
    std::vector<std::string> found;
    if (result.config) {
      for (const TargetConfig& target : result.config->targets) found.push_back(target.name);
    }
    return found;
  }
  using Names = std::vector<std::string>;
  static constexpr const char* kFiles = R"({files: ["targets/*.yaml", "targets/*.json"]})";
  static constexpr const char* kHttp = R"({http: [{url: "https://inventory.example.net/list?key=secret"}]})";
};

TEST_F(TargetSources, FilesInOurWordsAndInThoseOfPrometheusBothCount) {
  write("targets/a.yaml", kOurs);
  write("targets/b.json", kGroups);
  const auto result = load_from(kFiles);
  ASSERT_TRUE(result.config) << problems(result);
  EXPECT_EQ(names(result), (Names{"example", "two", "three"}));
  const TargetConfig expected{
      .name = "three",
      .asn = Asn{64503},
      .prefixes = {Prefix::parse("203.0.113.0/25").value(), Prefix::parse("203.0.113.128/25").value()},
      .expected_upstreams = {Asn{64504}, Asn{64505}},
      .addresses = {IpAddress::parse("203.0.113.1").value(), IpAddress::parse("203.0.113.9").value()},
      .trace_probes_per_hour = {}};
  EXPECT_EQ(result.config->targets[2], expected);
  ASSERT_EQ(result.sources.size(), 2u);
  EXPECT_EQ(result.sources[0].name, (folder_ / "targets/*.yaml").string());
  EXPECT_EQ(result.sources[0].targets, 1u);
  EXPECT_TRUE(result.sources[0].good && result.sources[1].good);
}

TEST_F(TargetSources, TheFileItselfNeedsNoTargetsThen) {
  write("targets/a.yaml", kOurs);
  std::string text = kGood;
  const std::size_t from = text.find("targets:");
  text.replace(from, text.find("probing:") - from, "targets_from: {files: [targets/*.yaml]}\n");
  EXPECT_EQ(names(load_text(text)), Names{"two"});
  write("targets/a.yaml", "[]");
  EXPECT_EQ(problems(load_text(text)), "3:15: no source lists a target, and there are none in this file; list one\n");
}

TEST_F(TargetSources, WhatIsWrongIsToldWhereItStandsAndNothingIsTaken) {
  write("targets/a.yaml", std::string(kOurs) + "- {name: broken, asn: many, prefixes: [192.0.2.300/24]}\n");
  write("targets/b.json", R"([{"targets": ["203.0.113.300"],
  "labels": {"name": "three", "asn": "64503", "prefixes": "203.0.113.0/24,nonsense", "upstreams": "1"}}])");
  const auto result = load_from(kFiles);
  EXPECT_FALSE(result.config);
  EXPECT_EQ(
      problems(result),
      "targets/a.yaml:2:23: the list[1].asn 'many' is out of range or no whole number; write a number from 1 to "
      "4294967295\n"
      "targets/a.yaml:2:40: the list[1].prefixes[0] '192.0.2.300/24' is not a prefix; not an IP address such as "
      "175.45.176.71 or 2001:db8::1\n"
      "targets/b.json:1:15: the list[0].addresses[0] '203.0.113.300' is not an IP address; write one such as "
      "192.0.2.1 or 2001:db8::1\n"
      "targets/b.json:2:47: the list[0].prefixes[1] 'nonsense' is not a prefix; a prefix needs a length, e.g. "
      "175.45.176.0/22; write /32 or /128 for one address\n"
      "targets/b.json:2:86: unknown key 'upstreams' in the list[0]; remove it; known keys are name, asn, prefixes, "
      "expected_upstreams, addresses, trace_probes_per_hour\n");
  EXPECT_FALSE(result.sources[0].good);
  EXPECT_FALSE(result.sources[1].good);
}

TEST_F(TargetSources, OneNameStandsForOneTargetWhereverItIsListed) {
  write("targets/a.yaml", "- {name: example, asn: 64501, prefixes: [198.51.100.0/24]}\n");
  EXPECT_EQ(problems(load_from("{files: [targets/*.yaml]}")),
            "targets/a.yaml:1:10: two targets are called 'example'; give each its own name\n");
}

TEST_F(TargetSources, WhatTheFileForbidsIsForbiddenForListedTargetsToo) {
  write("targets/a.yaml", kOurs);
  EXPECT_EQ(problems(load_text(std::string(kGood) + "controls: [198.51.100.7]\n" +
                               "targets_from: {files: [targets/*.yaml]}\n")),
            "10:12: the control 198.51.100.7 lies inside the target 'two'; choose a stable address that shares nothing "
            "with any target\n");
  std::string many;
  for (int i = 0; i < 2; ++i)
    many += "- {name: m" + std::to_string(i) + ", asn: 1, prefixes: [1" + std::to_string(i) + ".0.0.0/8]}\n";
  write("targets/a.yaml", many);
  EXPECT_EQ(problems(load_from("{files: [targets/*.yaml]}")),
            "targets/a.yaml:1:33: with 10.0.0.0/8 the targets hold more than 65536 blocks (/24 or /48); watch smaller "
            "prefixes, or split the targets over several instances\n");
}

TEST_F(TargetSources, FilesThatAreGoneAreNotTheSameAsNoTargets) {
  EXPECT_EQ(problems(load_from("{files: [targets/*.yaml]}")),
            "targets/*.yaml:1:1: no file matches this pattern of targets_from; correct it; a file with an empty list, "
            "[], stands for no targets\n");
  write("targets/a.yaml", "[]");
  EXPECT_EQ(names(load_from("{files: [targets/*.yaml]}")), Names{"example"});
}

TEST_F(TargetSources, AListBehindAnUrlIsReadLikeAFile) {
  serve(kGroups);
  const auto result = load_from(kHttp);
  EXPECT_EQ(names(result), (Names{"example", "three"})) << problems(result);
  ASSERT_EQ(result.sources.size(), 1u);
  EXPECT_EQ(result.sources[0].name, "https://inventory.example.net/list") << "keys are nobody's business";
  serve("[{\"targets\": []}]");
  EXPECT_EQ(
      problems(load_from(kHttp)),
      "https://inventory.example.net/list:1:2: key 'labels' is missing in the list[0]; add labels: {name: example, "
      "asn: 64500, prefixes: \"192.0.2.0/24,198.51.100.0/24\"} to the group\n");
}

TEST_F(TargetSources, AServerThatFailsIsAProblemAndCommandsThatNeedNoTargetsDoNotAsk) {
  EXPECT_EQ(names(load_from(kHttp)), Names{"example"});
  environment_.fetch = [](const HttpTargetsConfig&) -> Result<std::string> {
    return Error{ErrorCode::io_failed, "get", "connection refused"};
  };
  EXPECT_EQ(problems(load_from(kHttp)),
            "https://inventory.example.net/list:1:1: cannot be fetched: connection refused; see whether the server "
            "answers, or leave it out of targets_from\n");
}

TEST_F(TargetSources, VariablesOfThisMachineAreForItsOwnFiles) {
  variables_["SECRET"] = "two";
  const std::string list = "- {name: \"${SECRET}\", asn: 64501, prefixes: [198.51.100.0/24]}\n";
  write("targets/a.yaml", list);
  EXPECT_EQ(names(load_from("{files: [targets/*.yaml]}")), (Names{"example", "two"}));
  serve(list);
  const auto result = load_from(kHttp);
  EXPECT_FALSE(result.config);
  EXPECT_THAT(problems(result), testing::HasSubstr("the environment variable SECRET is not set"));
}

TEST_F(TargetSources, ASectionThatCannotWorkIsRefused) {
  EXPECT_EQ(problems(load_from("{}")),
            "10:15: targets_from names no source; add files: [targets/*.yaml], or remove it\n");
  EXPECT_EQ(problems(load_from("{files: [\"*/a.yaml\"]}")).substr(0, 76),
            "10:24: targets_from.files[0] '*/a.yaml' is no pattern that can be watched; w");
  EXPECT_EQ(problems(load_from("{http: [{url: \"ftp://a/b\"}]}")),
            "10:29: targets_from.http[0].url 'ftp://a/b' is not the URL of a list; write one such as "
            "https://inventory.example.net/isthmus.json\n");
  EXPECT_EQ(
      problems(load_from("{http: [{url: \"https://me@a/b\"}]}")),
      "10:29: targets_from.http[0].url has a user's name in it, which would be seen in the log; leave it out; the "
      "list has to be readable without\n");
  EXPECT_EQ(problems(load_from("{http: [{url: \"http://a/b\", refresh_interval: 1s}]}")),
            "10:61: targets_from.http[0].refresh_interval is shorter than 5s; spare the server\n");
  EXPECT_EQ(problems(load_from("{http: [{url: \"http://a/b?1\"}, {url: \"http://a/b?2\"}]}")),
            "10:15: a source of targets_from is named twice, or two URLs differ behind their '?' only; remove one of "
            "them\n");
}

TEST_F(TargetSources, AnAtSignInThePathIsNoUsersName) {
  const auto result = load_from("{http: [{url: \"http://inv/@team/list.json\"}]}");
  EXPECT_EQ(names(result), Names{"example"}) << problems(result);
}

TEST_F(TargetSources, WhileOnlyTargetsChangeTheFileThatSomebodyEditsIsNotRead) {
  write("targets/a.yaml", kOurs);
  const auto before = load_from("{files: [targets/*.yaml]}");
  ASSERT_TRUE(before.config);
  const std::string path = write("isthmus.yaml", "half a fi");
  write("targets/a.yaml", "[]");
  const auto after = isthmus::config::load_text(path, before.text, environment_);
  EXPECT_EQ(names(after), Names{"example"}) << problems(after);
}

// Whatever a list holds, it ends as targets or as problems.
TEST_F(TargetSources, NoBytesOfAServerBringTheReaderDown) {
  std::mt19937 random(5);  // NOLINT: the same every time.
  for (int i = 0; i < 300; ++i) {
    std::string text = i % 2 == 0 ? kGroups : kOurs;
    for (std::uint32_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random() % 256); break;
        case 1: text.erase(at, random() % 9); break;
        default: text.insert(at, 1 + random() % 3, "[]{},:\"-&*\n"[random() % 11]); break;
      }
      if (text.empty()) text = "-";
    }
    serve(text);
    const auto result = load_from(kHttp);
    EXPECT_NE(result.config.has_value(), !result.problems.empty()) << text;
  }
}

}  // namespace
}  // namespace isthmus::config
