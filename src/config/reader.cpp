#include "config/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <span>
#include <tuple>
#include <utility>

#include "config/expand.hpp"
#include "config/spelling.hpp"

namespace isthmus::config {
namespace {

const char* kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return node.IsNull() ? "empty" : "plain text";
}

// Neither an empty value nor one that we have put together has a place of its own.
bool has_place(const YAML::Node& node) { return !node.IsNull() && !node.Mark().is_null(); }

}  // namespace

void Reader::note(const YAML::Mark& mark, std::string what, std::string mend) {
  // yaml-cpp counts from 0, and has -1 for "nowhere".
  problems_.push_back(
      {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1, std::move(what), std::move(mend)});
}

std::optional<std::string> Reader::text(const Value& value) {
  if (!value.node.IsScalar()) {
    note(value.mark, value.name + " is " + kind_of(value.node), "give it one value");
    return std::nullopt;
  }
  auto expanded = expand_variables(value.node.Scalar(), environment_.variable);
  if (expanded.what.empty()) return std::move(expanded.text);
  note(value.mark, value.name + ": " + expanded.what, expanded.mend);
  return std::nullopt;
}

std::vector<Value> Reader::list(const Value& value) {
  std::vector<Value> elements;
  if (!value.node.IsSequence()) {
    note(value.mark, value.name + " is " + kind_of(value.node), "give it a list, [in, brackets]");
    return elements;
  }
  for (const YAML::Node& node : value.node) {
    const std::string name = value.name + "[" + std::to_string(elements.size()) + "]";
    elements.push_back({node, has_place(node) ? node.Mark() : value.mark, name});
  }
  return elements;
}

std::string Reader::resolve(const std::string& path) const {
  return (std::filesystem::path(file_).parent_path() / path).lexically_normal().string();
}

std::vector<Problem> Reader::take_problems() {
  std::ranges::stable_sort(problems_, {}, [this](const Problem& problem) {
    return std::tuple(problem.file != file_, problem.file, problem.line, problem.column);
  });
  return std::move(problems_);
}

Section::Section(Reader& reader, const Value& value, std::initializer_list<std::string_view> known)
    : reader_(reader), value_(value), is_map_(value.node.IsMap()) {
  if (!is_map_) {
    reader_.note(value.mark, value.name + " is " + kind_of(value.node), "give it keys, {key: value}");
    return;
  }
  for (const auto& pair : value.node) add(pair.first, pair.second, known);
}

void Section::add(const YAML::Node& key, const YAML::Node& node, std::initializer_list<std::string_view> known) {
  if (!key.IsScalar()) {
    reader_.note(key.Mark(), "a key of " + value_.name + " is " + kind_of(key), "write a plain word as key");
    return;
  }
  const std::string& word = key.Scalar();
  if (std::ranges::find(known, word) == known.end()) {
    const auto meant = nearest_word(word, std::span(known.begin(), known.size()));
    std::string mend = "did you mean '" + std::string(meant.value_or("")) + "'?";
    if (!meant) {
      mend = "remove it; known keys are";
      for (const std::string_view each : known) (mend += each == *known.begin() ? " " : ", ") += each;
    }
    reader_.note(key.Mark(), "unknown key '" + word + "' in " + value_.name, mend);
    return;
  }
  if (find(word)) {
    reader_.note(key.Mark(), "key '" + word + "' is given twice in " + value_.name, "remove one of them");
    return;
  }
  const std::string name = value_.mark.is_null() ? word : value_.name + "." + word;
  // The mark of an empty value is that of whatever follows it.
  entries_.push_back({word, {node, has_place(node) ? node.Mark() : key.Mark(), name}});
}

std::optional<Value> Section::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries_, key, &Entry::key);
  if (entry == entries_.end()) return std::nullopt;
  return entry->value;
}

std::optional<Value> Section::require(std::string_view key, std::string_view example) const {
  auto value = find(key);
  if (!value && is_map_) {
    reader_.note(value_.mark, "key '" + std::string(key) + "' is missing in " + value_.name,
                 "add " + std::string(example));
  }
  return value;
}

}  // namespace isthmus::config
