#pragma once
// A folder with a configuration file in it, and an environment that the test makes up.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>

#include "isthmus/config/load.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::config {

inline constexpr const char* kGood = R"(vantages:
  - {name: frankfurt, asn: 64496}
targets:
  - name: example
    asn: 64500
    prefixes: [192.0.2.0/24]
probing:
  rate_limit: 50
ip2as: {prefixes: [prefixes.csv]}
)";

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    write("prefixes.csv", "192.0.2.0,192.0.2.255,64500,Example\n");
    environment_.variable = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    environment_.netns_exists = [](const std::string& name) { return name == "vp-frankfurt"; };
    environment_.interface_exists = [](const std::string& name) { return name == "eth7"; };
  }

  std::string write(const std::string& name, const std::string& text) const { return folder_.write(name, text); }

  LoadResult load_text(const std::string& text) const { return load(write("isthmus.yaml", text), environment_); }

  /// The good file with one piece replaced.
  LoadResult load_with(const std::string& piece, const std::string& by) const {
    std::string text = kGood;
    const std::size_t at = text.find(piece);
    EXPECT_NE(at, std::string::npos) << piece;
    return load_text(text.replace(at, piece.size(), by));
  }

  /// The problems of the configuration file without its folder, one a line: "line:column: what; mend".
  std::string problems(const LoadResult& result) const {
    std::string text;
    for (const Problem& problem : result.problems) {
      std::string line = to_string(problem);
      for (const std::string& start : {folder_.string() + "/isthmus.yaml:", folder_.string() + "/"}) {
        for (std::size_t at = 0; (at = line.find(start, at)) != std::string::npos;) line.erase(at, start.size());
      }
      text += line + "\n";
    }
    return text;
  }

  support::TemporaryFolder folder_;
  std::map<std::string, std::string> variables_;
  Environment environment_;
};

}  // namespace isthmus::config
