#include "isthmus/config/load.hpp"

#include <utility>

#include "config/file_text.hpp"
#include "config/sections.hpp"

namespace isthmus::config {
namespace {

// The one document of the file; nothing, and a problem noted, when it is not YAML.
std::optional<YAML::Node> parse_yaml(Reader& reader, const std::string& text) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      reader.note(documents[1].Mark(), "a second document starts here", "keep one document in the file");
      return std::nullopt;
    }
    if (!documents.empty() && !documents[0].IsNull()) return documents[0];
    reader.note(YAML::Mark::null_mark(), "the file is empty", "start from deploy/examples/own-network.yaml");
  } catch (const YAML::Exception& error) {
    reader.note(error.mark, "not YAML: " + error.msg, "check quotes, brackets and indentation on and before this line");
  }
  return std::nullopt;
}

Config read_document(Reader& reader, const YAML::Node& node) {
  const Section document(reader, {node, YAML::Mark::null_mark(), "the file"},
                         {"vantages", "targets", "controls", "probing", "ip2as", "exporter", "store"});
  Config config;
  config.file = reader.file();
  config.vantages = read_vantages(reader, document);
  config.targets = read_targets(reader, document);
  config.controls = read_controls(reader, document, config.targets);
  config.probing = read_probing(reader, document);
  config.ip2as = read_ip2as(reader, document);
  config.exporter = read_exporter(reader, document);
  config.store = read_store(reader, document);
  return config;
}

}  // namespace

std::string to_string(const Problem& problem) {
  return problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " +
         problem.what + "; " + problem.mend;
}

LoadResult load(const std::string& path, const Environment& environment) {
  Reader reader(path, environment);
  LoadResult result;
  if (const auto text = read_text_file(path); !text) {
    reader.note(YAML::Mark::null_mark(), "cannot be read: " + text.error().detail, "check the path and its permissions");
  } else if (const auto document = parse_yaml(reader, *text)) {
    result.config = read_document(reader, *document);
  }
  result.problems = reader.take_problems();
  if (!result.problems.empty()) result.config.reset();
  return result;
}

}  // namespace isthmus::config
