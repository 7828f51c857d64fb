// Whatever bytes a configuration file holds: a configuration or problems with a place, never a crash or an exception.

#include <random>

#include "config/deny_file.hpp"
#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kRich = R"(# everything
vantages:
  - {name: a, asn: 64496, netns: vp-frankfurt, atlas_probe: 6001}
  - &b {name: "${X}b", asn: 64497, interface: eth7}
targets:
  - name: 'one'
    asn: 64500
    prefixes: [192.0.2.0/25, "2001:db8::/47"]
    addresses: [192.0.2.1]
controls: [198.51.100.1]
probing: {rate_limit: 10, ping: &p {interval: 1500ms}, trace: {<<: *p, flows: 6}}
ip2as: {prefixes: [prefixes.csv]}
exporter: {listen: "[::1]:65535", reload_endpoint: true}
store: {path: |
  history.db
}
)";

class HostileConfig : public ConfigFile {
 protected:
  void expect_config_or_problems(const std::string& text) const {
    const auto result = load_text(text);
    ASSERT_NE(result.config.has_value(), !result.problems.empty());
    for (const Problem& problem : result.problems) {
      ASSERT_GE(problem.line, 1);
      ASSERT_GE(problem.column, 1);
      ASSERT_FALSE(problem.what.empty());
      ASSERT_FALSE(problem.mend.empty());
    }
  }
};

TEST_F(HostileConfig, EveryTruncation) {
  for (const std::string text : {kGood, kRich}) {
    for (std::size_t size = 0; size <= text.size(); ++size) {
      ASSERT_NO_FATAL_FAILURE(expect_config_or_problems(text.substr(0, size))) << text.substr(0, size);
    }
  }
}

TEST_F(HostileConfig, FlippedInsertedAndDroppedBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 1500; ++round) {
    std::string text = round % 2 == 0 ? kGood : kRich;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8))); break;
        case 2: text.insert(at, 1, "&*!|>{}[]:,-?#'\"$\n\t %@`"[random() % 23]); break;
        default: text.erase(at, 1 + random() % 10); break;
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_config_or_problems(text)) << text;
  }
}

TEST_F(HostileConfig, DeepNestingAndLoops) {
  expect_config_or_problems(std::string(100000, '['));
  expect_config_or_problems(std::string(100000, '{'));
  expect_config_or_problems("&a [*a]");
  expect_config_or_problems("vantages: &a\n  - *a\ntargets: *a\n");
  expect_config_or_problems("? {a: b}\n: c\n");
  expect_config_or_problems(std::string("vantages: \0\xFF\xFE", 13));
}

TEST_F(HostileConfig, DenyFiles) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::string text = "192.0.2.0/24\n# c\n 2001:db8::/32 # d\n203.0.113.9\n";
    for (auto n = 1 + random() % 3; n > 0; --n) text[random() % text.size()] = static_cast<char>(random());
    std::vector<Prefix> deny;
    std::vector<Problem> found;
    parse_deny_file(text, "deny.txt", deny, found);
    ASSERT_LE(deny.size() + found.size(), static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  }
}

}  // namespace
}  // namespace isthmus::config
