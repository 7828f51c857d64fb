#pragma once
// What readers say about the records of one file as they go. One thread.

#include <string>
#include <utility>

#include "isthmus/ip2as/file_report.hpp"

namespace isthmus::ip2as {

class ReportWriter {
 public:
  static constexpr std::size_t kMostProblems = 20;

  /// `report` outlives the writer.
  explicit ReportWriter(FileReport& report) : report_(report) {}

  /// One more record, of which more may be said.
  void record() { ++report_.records; }
  /// The record is of no use.
  void skipped() { ++report_.skipped; }
  /// The record cannot be used; `at` is its line or offset.
  void bad(std::uint64_t at, std::string why) {
    ++report_.bad;
    note(at, std::move(why));
  }
  /// The file ends before its end, which is told even if many records before were bad.
  void cut(std::uint64_t at, std::string why) {
    report_.cut = true;
    ++report_.records;
    if (report_.problems.size() == kMostProblems) report_.problems.pop_back();
    bad(at, std::move(why));
  }
  [[nodiscard]] FileReport& report() { return report_; }

 private:
  void note(std::uint64_t at, std::string why) {
    if (report_.problems.size() < kMostProblems) report_.problems.push_back({report_.file, at, std::move(why)});
  }

  FileReport& report_;
};

}  // namespace isthmus::ip2as
