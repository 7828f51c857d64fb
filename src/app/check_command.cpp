#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/data_report.hpp"
#include "app/probing_text.hpp"
#include "app/target_sources.hpp"
#include "app/web_wiring.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/probes/prober.hpp"

namespace isthmus::app {
namespace {

struct CheckOptions {
  std::string config;
  bool agent{false};
  bool json{false};
};

void print_problems_json(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    std::cout << boost::json::serialize(boost::json::object{{"file", problem.file},
                                                            {"line", problem.line},
                                                            {"column", problem.column},
                                                            {"what", problem.what},
                                                            {"mend", problem.mend}})
              << '\n';
  }
}

// A few lines that let the reader see at a glance whether this is the configuration that was meant.
std::string summary(const config::Config& config, const ip2as::NetworkData& data) {
  std::size_t blocks = 0;
  for (const config::TargetConfig& target : config.targets) {
    for (const Prefix& prefix : target.prefixes) blocks += blocks_of(prefix, config::kMaxBlocks).value().size();
  }
  return fmt::format(
      "{}: fine; {} vantage point(s), {} target(s) with {} block(s), {} control(s), at most {} "
      "packets/s a vantage point, {} prefixes to AS\nprobing: {}",
      config.file, config.vantages.size(), config.targets.size(), blocks, config.controls.size(),
      config.probing.rate_limit, data.prefixes.prefix_count(), describe_probing(config));
}

// Not an error: whoever watches a part of the time may want just that.
void warn_of_rate(const config::Config& config) {
  const double least = least_rate(config);
  if (least <= config.probing.rate_limit) return;
  std::cerr << fmt::format(
      "{}: warning: this takes at least {:.0f} packets a second from each vantage point, and probing.rate_limit is {}: "
      "rounds will fall behind, and vantage points that are behind are not trusted; raise the limit{} make the "
      "intervals longer\n",
      config.file, std::ceil(least), config.probing.rate_limit,
      config.probing.quiet ? " or" : ", set probing.quiet: true, or");
}

int check(const CheckOptions& options) {
  config::LoadResult loaded = config::load(options.config, fetching_environment());
  std::shared_ptr<const ip2as::NetworkData> data;
  if (loaded.config) {
    ip2as::LoadReport report;
    auto read = ip2as::load(data_files(loaded.config->ip2as), report);
    print_complaints(report);
    if (!read) {
      // The operation of a data file's error is its "file:line" already.
      std::cerr << to_string(read.error()) << '\n';
      return kFailure;
    }
    data = std::move(*read);
  }
  if (loaded.config) {
    // What the prober refuses at the start: no probe leaves before somebody has asked.
    for (const config::VantageConfig& vantage : loaded.config->vantages) {
      const auto usable = probes::Prober::create(prober_settings(*loaded.config, vantage, {}),
                                                 [](const IpAddress&) { return std::optional<IpAddress>(); });
      if (!usable) return fail(options.config + ": vantage point " + vantage.name + ": " + to_string(usable.error()));
    }
  }
  if (loaded.config) {
    if (const auto web = web_access_of(loaded.config->exporter.web); !web) {
      return fail(options.config + ": exporter.web_config: " + to_string(web.error()));
    }
  }
  if (options.json) {
    print_problems_json(loaded.problems);
  } else {
    for (const config::Problem& problem : loaded.problems) std::cerr << to_string(problem) << '\n';
  }
  if (!loaded.config) return kFailure;
  warn_of_rate(*loaded.config);
  if (!options.json) std::cout << summary(*loaded.config, *data) << '\n';
  return kSuccess;
}

std::string list_of(const std::vector<Prefix>& prefixes) {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(prefixes.size(), kMost); ++i) {
    text += (i == 0 ? "" : ", ") + to_string(prefixes[i]);
  }
  return prefixes.size() > kMost ? fmt::format("{} and {} more", text, prefixes.size() - kMost) : text;
}

// What it may do, whatever it is assigned.
std::string summary(const config::AgentConfig& agent) {
  std::string servers;
  for (const std::string& server : agent.broker.servers) servers += (servers.empty() ? "" : ", ") + server;
  return fmt::format(
      "{}: fine; {} vantage point(s), broker {}\nmay probe {}{}; at most {} packets/s a vantage point, {} replies/s of "
      "one router",
      agent.file, agent.vantages.size(), servers, list_of(agent.allow),
      agent.deny.empty() ? "" : fmt::format(" without {} denied prefix(es)", agent.deny.size()), agent.rate_limit,
      agent.router_limit);
}

int check_agent(const CheckOptions& options) {
  const config::AgentLoadResult loaded = config::load_agent(options.config);
  if (options.json) {
    print_problems_json(loaded.problems);
  } else {
    for (const config::Problem& problem : loaded.problems) std::cerr << to_string(problem) << '\n';
  }
  if (!loaded.config) return kFailure;
  if (const auto web = web_access_of(loaded.config->exporter.web); !web) {
    return fail(options.config + ": exporter.web_config: " + to_string(web.error()));
  }
  if (!options.json) std::cout << summary(*loaded.config) << '\n';
  return kSuccess;
}

}  // namespace

void add_check(CLI::App& root, Run& run) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = root.add_subcommand("check", "Validate a configuration; names every problem and its mend");
  command->add_option("--config", options->config, "Configuration file")->required();
  command->add_flag("--agent", options->agent, "It is an agent's file: say what the agent may do");
  command->add_flag("--json", options->json, "One JSON object a problem");
  command->footer(
      "Example: isthmus check --config isthmus.yaml\n"
      "         isthmus check --agent --config agent.yaml");
  command->callback(
      [options, &run] { run = [options] { return options->agent ? check_agent(*options) : check(*options); }; });
}

}  // namespace isthmus::app
