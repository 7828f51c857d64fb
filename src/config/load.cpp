#include "isthmus/config/load.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/file_text.hpp"
#include "config/sections.hpp"
#include "config/target_sources.hpp"
#include "config/yaml_document.hpp"

namespace isthmus::config {
namespace {

// Too many for a target are a problem of their own.
std::size_t count_blocks(const std::vector<TargetConfig>& targets) {
  std::size_t count = 0;
  for (const TargetConfig& target : targets) {
    for (const Prefix& prefix : target.prefixes) {
      if (const auto blocks = blocks_of(prefix, kMaxBlocks)) count += blocks->size();
    }
  }
  return count;
}

// A vantage point's name is part of a subject at the broker, whose words between dots are never empty.
void note_bad_subjects(Reader& reader, const Section& document, const std::vector<VantageConfig>& vantages) {
  const auto fleet = document.find("fleet");
  for (const VantageConfig& vantage : vantages) {
    const std::string& name = vantage.name;
    const bool is_good = !name.starts_with('.') && !name.ends_with('.') && name.find("..") == std::string::npos;
    if (is_good || !fleet) continue;
    reader.note(fleet->mark, "the vantage point '" + name + "' cannot take part in a fleet",
                "give it a name that has dots only between other characters");
  }
}

void read_all_targets(Reader& reader, const Section& document, Config& config, std::vector<TargetSource>& sources) {
  TargetList targets(config.vantages.size());
  read_targets(reader, document, targets);
  config.targets_from = read_target_sources(reader, document);
  sources = read_listed_targets(reader, config.targets_from, targets);
  const auto from = document.find("targets_from");
  const bool all_asked = config.targets_from.http.empty() || reader.environment().fetch;
  const bool all_good = std::ranges::all_of(sources, &TargetSource::good);
  if (from && targets.size() == 0 && all_asked && all_good) {
    reader.note(from->mark, "no source lists a target, and there are none in this file", "list one");
  }
  config.targets = std::move(targets).take();
}

Config read_document(Reader& reader, const YAML::Node& node, std::vector<TargetSource>& sources) {
  const Section document(
      reader, {node, YAML::Mark::null_mark(), "the file"},
      {"vantages", "targets", "targets_from", "controls", "probing", "ip2as", "exporter", "store", "fleet"});
  Config config;
  config.file = reader.file();
  config.vantages = read_vantages(reader, document);
  read_all_targets(reader, document, config, sources);
  config.controls = read_controls(reader, document, config.targets);
  config.probing = read_probing(reader, document, count_blocks(config.targets));
  config.ip2as = read_ip2as(reader, document);
  config.exporter = read_exporter(reader, document);
  config.store = read_store(reader, document);
  config.fleet = read_fleet(reader, document);
  note_bad_subjects(reader, document, config.vantages);
  return config;
}

AgentConfig read_agent_document(Reader& reader, const YAML::Node& node) {
  const Section document(reader, {node, YAML::Mark::null_mark(), "an agent's file"},
                         {"vantages", "probing", "exporter", "fleet"});
  AgentConfig agent;
  agent.file = reader.file();
  agent.vantages = read_vantages(reader, document);
  read_agent_probing(reader, document, agent);
  agent.exporter = read_exporter(reader, document);
  read_agent_fleet(reader, document, agent);
  note_bad_subjects(reader, document, agent.vantages);
  return agent;
}

constexpr const char* kMendEmpty = "start from deploy/examples/own-network.yaml";

// The text of either kind of file; a problem noted when there is none.
std::optional<std::string> read_file(Reader& reader) {
  auto text = read_text_file(reader.file());
  if (text) return std::move(*text);
  reader.note(YAML::Mark::null_mark(), "cannot be read: " + text.error().detail, "check the path and its permissions");
  return std::nullopt;
}

LoadResult load_from(Reader& reader, std::optional<std::string> text) {
  LoadResult result;
  if (text) {
    if (const auto document = parse_yaml(reader, *text, kMendEmpty)) {
      result.config = read_document(reader, *document, result.sources);
    }
    result.text = std::move(*text);
  }
  result.problems = reader.take_problems();
  if (!result.problems.empty()) result.config.reset();
  return result;
}

}  // namespace

std::string to_string(const Problem& problem) {
  return problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
         problem.what + "; " + problem.mend;
}

LoadResult load(const std::string& path, const Environment& environment) {
  Reader reader(path, environment);
  return load_from(reader, read_file(reader));
}

LoadResult load_text(const std::string& path, const std::string& text, const Environment& environment) {
  Reader reader(path, environment);
  return load_from(reader, text);
}

AgentLoadResult load_agent(const std::string& path, const Environment& environment) {
  Reader reader(path, environment);
  AgentLoadResult result;
  const auto text = read_file(reader);
  const auto document = text ? parse_yaml(reader, *text, kMendEmpty) : std::nullopt;
  if (document) result.config = read_agent_document(reader, *document);
  result.problems = reader.take_problems();
  if (!result.problems.empty()) result.config.reset();
  return result;
}

}  // namespace isthmus::config
