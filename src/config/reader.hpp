#pragma once
// Walks a YAML tree and collects problems instead of stopping at the first. yaml-cpp does not leave this folder.
//
// Every reading function returns what it could read and notes a problem otherwise; load() hands the whole out only
// when nobody noted any.

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/config/load.hpp"

namespace isthmus::config {

/// A node, where it stands, and what it is called in messages.
struct Value {
  YAML::Node node;
  YAML::Mark mark;
  std::string name;
};

class Reader {
 public:
  Reader(std::string file, const Environment& environment) : file_(std::move(file)), environment_(environment) {}

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }

  void note(const YAML::Mark& mark, std::string what, std::string mend);
  void note(Problem problem) { problems_.push_back(std::move(problem)); }

  /// The text of a scalar with its variables expanded.
  [[nodiscard]] std::optional<std::string> text(const Value& value);

  /// The elements of a list.
  [[nodiscard]] std::vector<Value> list(const Value& value);

  /// A path, relative ones taken from the configuration file's folder.
  [[nodiscard]] std::string resolve(const std::string& path) const;

  /// All problems so far, in file order: the configuration file first, then the files that it names.
  [[nodiscard]] std::vector<Problem> take_problems();

 private:
  std::string file_;
  const Environment& environment_;
  std::vector<Problem> problems_;
};

/// A map whose keys are known: notes unknown, repeated and nonsensical ones when it is opened.
class Section {
 public:
  Section(Reader& reader, const Value& value, std::initializer_list<std::string_view> known);

  /// False when the value was no map at all, which has been noted; everything in it then counts as not given.
  [[nodiscard]] bool is_map() const { return is_map_; }
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;
  /// Notes its absence, with an example of what to add.
  [[nodiscard]] std::optional<Value> require(std::string_view key, std::string_view example) const;

 private:
  struct Entry {
    std::string key;
    Value value;
  };
  void add(const YAML::Node& key, const YAML::Node& node, std::initializer_list<std::string_view> known);

  Reader& reader_;
  Value value_;
  bool is_map_{false};
  std::vector<Entry> entries_;
};

}  // namespace isthmus::config
