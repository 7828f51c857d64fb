#include "isthmus/config/load.hpp"

#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/file_text.hpp"
#include "config/sections.hpp"

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

Config read_document(Reader& reader, const YAML::Node& node) {
  const Section document(reader, {node, YAML::Mark::null_mark(), "the file"},
                         {"vantages", "targets", "controls", "probing", "ip2as", "exporter", "store", "fleet"});
  Config config;
  config.file = reader.file();
  config.vantages = read_vantages(reader, document);
  config.targets = read_targets(reader, document, config.vantages.size());
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

// Either kind of file: `Read` makes the one document of it into what it is.
template <typename Loaded, typename Read>
Loaded load_file(const std::string& path, const Environment& environment, Read read) {
  Reader reader(path, environment);
  Loaded result;
  if (const auto text = read_text_file(path); !text) {
    reader.note(YAML::Mark::null_mark(), "cannot be read: " + text.error().detail,
                "check the path and its permissions");
  } else if (const auto document = parse_document(reader, *text)) {
    if (document->IsNull()) {
      reader.note(YAML::Mark::null_mark(), "the file is empty", "start from deploy/examples/own-network.yaml");
    } else {
      result.config = read(reader, *document);
    }
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
  return load_file<LoadResult>(path, environment, read_document);
}

AgentLoadResult load_agent(const std::string& path, const Environment& environment) {
  return load_file<AgentLoadResult>(path, environment, read_agent_document);
}

}  // namespace isthmus::config
