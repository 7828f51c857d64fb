#include "config/target_sources.hpp"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/file_text.hpp"
#include "config/yaml_document.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kWildcards = "*?[";
constexpr Duration kLeastRefresh = std::chrono::seconds(5);
constexpr const char* kGroupExample =
    "labels: {name: example, asn: 64500, prefixes: \"192.0.2.0/24,198.51.100.0/24\"} to the group";

std::optional<std::string> read_pattern(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  const std::string path = reader.resolve(*text);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (text->empty() || folder.string().find_first_of(kWildcards) != std::string::npos) {
    reader.note(value.mark, value.name + " '" + *text + "' is no pattern that can be watched",
                "write the folder as it is, and wildcards only behind the last slash: targets/*.yaml");
    return std::nullopt;
  }
  return path;
}

void read_url(Reader& reader, const Value& value, HttpTargetsConfig& source) {
  const auto text = reader.text(value);
  if (!text) return;
  source.url = *text;
  const std::size_t scheme = text->find("://");
  const std::string rest = scheme == std::string::npos ? "" : text->substr(scheme + 3);
  const std::string authority = rest.substr(0, rest.find('/'));
  if (!text->starts_with("http://") && !text->starts_with("https://")) {
    reader.note(value.mark, value.name + " '" + *text + "' is not the URL of a list",
                "write one such as https://inventory.example.net/isthmus.json");
  } else if (authority.find('@') != std::string::npos) {
    reader.note(value.mark, value.name + " has a user's name in it, which would be seen in the log",
                "leave it out; the list has to be readable without");
  }
}

HttpTargetsConfig read_http(Reader& reader, const Value& value) {
  HttpTargetsConfig source;
  const Section section(reader, value, {"url", "refresh_interval", "timeout", "ca"});
  if (const auto url = section.require("url", "url: https://inventory.example.net/isthmus.json")) {
    read_url(reader, *url, source);
  }
  const auto refresh = section.find("refresh_interval");
  read_into(reader, refresh, source.refresh_interval);
  if (refresh && source.refresh_interval < kLeastRefresh) {
    reader.note(refresh->mark, refresh->name + " is shorter than 5s", "spare the server");
  }
  read_into(reader, section.find("timeout"), source.timeout);
  if (const auto ca = section.find("ca")) source.ca = read_file_path(reader, *ca).value_or("");
  return source;
}

// "192.0.2.0/24, 198.51.100.0/24": labels of Prometheus are plain text.
YAML::Node split(const YAML::Node& label) {
  YAML::Node list(YAML::NodeType::Sequence);
  std::string_view rest = label.Scalar();
  while (!rest.empty()) {
    std::string_view piece = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), piece.size() + 1));
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    while (piece.ends_with(' ')) piece.remove_suffix(1);
    if (!piece.empty()) list.push_back(std::string(piece));
  }
  return list;
}

// A group of Prometheus is one target of ours: its labels are the target's keys, its targets the addresses known to
// answer. Labels that begin with two underscores are whoever's wrote the list.
void read_group(Reader& reader, const Value& value, TargetList& targets) {
  const Section group(reader, value, {"targets", "labels"});
  const auto addresses = group.require("targets", "targets: [192.0.2.1], addresses that answer; [] when none is known");
  const auto labels = group.require("labels", kGroupExample);
  if (!addresses || !labels) return;
  if (!labels->node.IsMap()) {
    reader.note(labels->mark, labels->name + " has no keys", std::string("add ") + kGroupExample);
    return;
  }
  YAML::Node target(YAML::NodeType::Map);
  for (const auto& label : labels->node) {
    const std::string key = label.first.IsScalar() ? label.first.Scalar() : "";
    if (key.starts_with("__")) continue;
    const bool is_list = (key == "prefixes" || key == "expected_upstreams") && label.second.IsScalar();
    target.force_insert(label.first, is_list ? split(label.second) : label.second);
  }
  target.force_insert("addresses", addresses->node);
  targets.add(reader, {target, value.mark, value.name});
}

bool has_key(const YAML::Node& node, std::string_view key) {
  return node.IsMap() && std::any_of(node.begin(), node.end(), [&](const auto& pair) {
           return pair.first.IsScalar() && pair.first.Scalar() == key;
         });
}

// They are told apart by their names, in metrics and in what is remembered of them.
void note_repeated(Reader& reader, const Value& value, const TargetSourcesConfig& from) {
  std::set<std::string> names(from.files.begin(), from.files.end());
  std::size_t count = from.files.size();
  for (const HttpTargetsConfig& http : from.http) {
    names.insert(source_name(http));
    ++count;
  }
  if (names.size() == count) return;
  reader.note(value.mark, "a source of targets_from is named twice, or two URLs differ behind their '?' only",
              "remove one of them");
}

// What one list says, and whether it could be used.
bool read_one(Reader& reader, const std::string& name, const Environment& environment, const std::string& text,
              TargetList& targets) {
  Reader own(name, environment);
  read_target_list(own, text, targets);
  auto problems = own.take_problems();
  for (Problem& problem : problems) reader.note(std::move(problem));
  return problems.empty();
}

TargetSource read_files(Reader& reader, const std::string& pattern, TargetList& targets) {
  TargetSource source{.name = pattern};
  const std::size_t before = targets.size();
  const auto files = matching_files(pattern);
  if (files.empty()) {
    // Whoever wants no targets can say so; files that are gone may be a disk that is not there.
    reader.note({pattern, 1, 1, "no file matches this pattern of targets_from",
                 "correct it; a file with an empty list, [], stands for no targets"});
    source.good = false;
  }
  for (const std::string& file : files) {
    const auto text = read_text_file(file);
    if (!text) {
      reader.note({file, 1, 1, "cannot be read: " + text.error().detail, "check its permissions"});
      source.good = false;
    } else if (!read_one(reader, file, reader.environment(), *text, targets)) {
      source.good = false;
    }
  }
  source.targets = targets.size() - before;
  return source;
}

TargetSource read_fetched(Reader& reader, const HttpTargetsConfig& http, TargetList& targets) {
  TargetSource source{.name = source_name(http)};
  const std::size_t before = targets.size();
  const auto text = reader.environment().fetch(http);
  if (!text) {
    reader.note({source.name, 1, 1, "cannot be fetched: " + text.error().detail,
                 "see whether the server answers, or leave it out of targets_from"});
    source.good = false;
    return source;
  }
  // What another machine sends has no business with variables of this one.
  Environment bare = reader.environment();
  bare.variable = [](const std::string&) { return std::optional<std::string>(); };
  source.good = read_one(reader, source.name, bare, *text, targets);
  source.targets = targets.size() - before;
  return source;
}

}  // namespace

std::string source_name(const HttpTargetsConfig& source) { return source.url.substr(0, source.url.find('?')); }

std::vector<std::string> matching_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  std::ranges::sort(files);
  return files;
}

TargetSourcesConfig read_target_sources(Reader& reader, const Section& document) {
  TargetSourcesConfig from;
  const auto value = document.find("targets_from");
  if (!value) return from;
  const Section section(reader, *value, {"files", "http"});
  const auto files = section.find("files");
  const auto http = section.find("http");
  const auto lists_something = [](const std::optional<Value>& list) { return list && list->node.size() > 0; };
  if (section.is_map() && !lists_something(files) && !lists_something(http)) {
    reader.note(value->mark, "targets_from names no source", "add files: [targets/*.yaml], or remove it");
  }
  for (auto& pattern : read_list<std::string>(reader, files, read_pattern)) {
    from.files.push_back(std::move(pattern.value));
  }
  if (http) {
    for (const Value& each : reader.list(*http)) from.http.push_back(read_http(reader, each));
  }
  note_repeated(reader, *value, from);
  return from;
}

void read_target_list(Reader& reader, const std::string& text, TargetList& targets) {
  const auto document = parse_yaml(reader, text, "write [] for no targets");
  if (!document) return;
  for (const Value& element : reader.list({*document, document->Mark(), "the list"})) {
    if (has_key(element.node, "targets")) {
      read_group(reader, element, targets);
    } else {
      targets.add(reader, element);
    }
  }
}

std::vector<TargetSource> read_listed_targets(Reader& reader, const TargetSourcesConfig& from, TargetList& targets) {
  std::vector<TargetSource> sources;
  for (const std::string& pattern : from.files) sources.push_back(read_files(reader, pattern, targets));
  if (!reader.environment().fetch) return sources;
  for (const HttpTargetsConfig& http : from.http) sources.push_back(read_fetched(reader, http, targets));
  return sources;
}

}  // namespace isthmus::config
