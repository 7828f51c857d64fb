#pragma once
// Archives for the tests of this folder: text becomes a file that is gone with its test, a file becomes observations.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "isthmus/formats/archive.hpp"

namespace isthmus::test {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("isthmus-archive-" + std::to_string(getpid()) + "-" + std::to_string(++count));
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

struct Archive {
  std::vector<Observation> observations;
  formats::ArchiveSummary summary;
};

inline Archive read_file(const std::string& path) {
  auto reader = formats::ArchiveReader::open(path);
  if (!reader) throw std::runtime_error(to_string(reader.error()));
  Archive archive;
  while (auto observation = reader->next()) archive.observations.push_back(std::move(*observation));
  archive.summary = reader->summary();
  return archive;
}

inline Archive read_text(std::string_view content) {
  const TemporaryFile file(content);
  return read_file(file.path());
}

/// The one trace of an archive; throws when there is another number of them.
inline Trace only_trace(std::string_view content) {
  const Archive archive = read_text(content);
  if (!archive.summary.problems.empty()) throw std::runtime_error(archive.summary.problems.front().why);
  if (archive.observations.size() != 1) throw std::runtime_error("not one observation");
  return std::get<Trace>(archive.observations.front());
}

inline PingSeries only_ping(std::string_view content) {
  const Archive archive = read_text(content);
  if (!archive.summary.problems.empty()) throw std::runtime_error(archive.summary.problems.front().why);
  if (archive.observations.size() != 1) throw std::runtime_error("not one observation");
  return std::get<PingSeries>(archive.observations.front());
}

}  // namespace isthmus::test
