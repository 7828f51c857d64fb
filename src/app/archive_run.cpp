#include "app/archive_run.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Between two looks at the clock.
constexpr std::uint64_t kLookEvery = 256;

// How much of all archives has been read.
class Way {
 public:
  explicit Way(const std::vector<std::string>& files) {
    for (const std::string& file : files) {
      sizes_.push_back(archive_size(file));
      if (!sizes_.back()) known_ = false;
      if (known_) total_ += sizes_.back()->bytes;
    }
  }
  void finish(std::size_t file) {
    if (known_) done_ += sizes_[file]->bytes;
  }
  [[nodiscard]] std::optional<double> share(std::size_t file, std::uint64_t read) const {
    if (!known_ || total_ == 0) return std::nullopt;
    const std::uint64_t here = sizes_[file]->packed ? 0 : std::min(read, sizes_[file]->bytes);
    return static_cast<double>(done_ + here) / static_cast<double>(total_);
  }

 private:
  std::vector<std::optional<ArchiveSize>> sizes_;
  std::uint64_t total_{0};
  std::uint64_t done_{0};
  bool known_{true};
};

std::string place_of(const std::string& file, const formats::ArchiveProblem& problem) {
  return problem.line != 0 ? fmt::format("{}:{}", file, problem.line)
                           : fmt::format("{}: byte {}", file, problem.offset);
}

}  // namespace

std::optional<ArchiveSize> archive_size(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  std::array<char, 3> begin{};
  std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
  const std::string_view magic(begin.data(), begin.size());
  return ArchiveSize{bytes, magic.starts_with("\x1f\x8b") || magic == "BZh"};
}

std::string summary_text(const formats::ArchiveSummary& summary) {
  const std::string file = summary.file == "-" ? "standard input" : summary.file;
  std::string text = fmt::format("{}: {} traces", file, with_commas(summary.traces));
  if (summary.pings > 0) text += fmt::format(", {} pings", with_commas(summary.pings));
  if (summary.other > 0) text += fmt::format(", {} other records", with_commas(summary.other));
  if (summary.bad > 0) text += fmt::format(", {} bad records, not used", with_commas(summary.bad));
  text += "\n";
  for (const formats::ArchiveProblem& problem : summary.problems) {
    text += fmt::format("  {}: {}\n", place_of(file, problem), problem.why);
  }
  if (summary.bad > summary.problems.size()) {
    text += fmt::format("  and {} more\n", with_commas(summary.bad - summary.problems.size()));
  }
  return text;
}

ArchiveTotals read_archives(const std::vector<std::string>& files, const std::function<void(const Trace&)>& take) {
  ArchiveTotals totals;
  Way way(files);
  ProgressBar bar(net::monotonic_now());
  std::uint64_t seen = 0;
  Observation observation;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto archive = formats::ArchiveReader::open(files[i]);
    if (!archive) {
      bar.hide();
      fail(to_string(archive.error()));
      ++totals.unread;
      continue;
    }
    while (archive->next(observation)) {
      if (const auto* trace = std::get_if<Trace>(&observation)) take(*trace);
      if (++seen % kLookEvery != 0) continue;
      const auto progress = [&] {
        return Progress{
            .share = way.share(i, archive->summary().bytes),
            .counts = fmt::format("{} traces  {} bad records", with_commas(totals.traces + archive->summary().traces),
                                  with_commas(totals.bad + archive->summary().bad))};
      };
      bar.update(progress, net::monotonic_now());
    }
    way.finish(i);
    bar.hide();
    totals.traces += archive->summary().traces;
    totals.bad += archive->summary().bad;
    std::cerr << "isthmus: " << summary_text(archive->summary());
  }
  return totals;
}

}  // namespace isthmus::app
