#pragma once
// Lines of text, one at a time, with their numbers, from bytes that come in pieces. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ip2as/byte_source.hpp"
#include "ip2as/report_writer.hpp"

namespace isthmus::ip2as {

struct Line {
  std::uint64_t number{0};       ///< From 1 on.
  std::string_view text;         ///< Without its end, LF or CR LF. Valid until the next line is read.
  const char* problem{nullptr};  ///< Why this is no line of text; nullptr when it is one.
  bool has_end{true};            ///< False for what follows the last line end.
};

class LineReader {
 public:
  /// Longest line that is taken for one; what is longer is skipped to its end. The customer cone of a network that
  /// sells transit to everybody takes half a megabyte.
  static constexpr std::size_t kLongestLine = std::size_t{4} << 20;

  /// `bytes` outlives the reader.
  explicit LineReader(ByteSource& bytes) : bytes_(bytes) {}

  /// False at the end.
  [[nodiscard]] bool next(Line& line);

 private:
  void finish(Line& line, std::string_view text, bool too_long);

  ByteSource& bytes_;
  std::string_view rest_;  // Of the piece at hand.
  std::string carried_;    // Of a line that began in earlier pieces.
  std::uint64_t number_{0};
};

/// Comments start with ';' or '#'.
[[nodiscard]] inline bool is_data(std::string_view line) {
  return !line.empty() && line.front() != ';' && line.front() != '#';
}

/// Whether a last line without a line end says that the file is cut off. People forget it, programs do not.
enum class LastLine : std::uint8_t { must_end, may_lack_its_end };

/// Calls visit(line) for each line of text; what is none is reported, and so is an end that comes early.
template <typename Visit>
void read_lines(ByteSource& bytes, ReportWriter& report, LastLine last, Visit visit) {
  LineReader lines(bytes);
  Line line;
  while (lines.next(line)) {
    if (!line.has_end && (!bytes.problem().empty() || last == LastLine::must_end)) {
      if (bytes.problem().empty()) report.cut(line.number, "the last line has no line end: the file is cut off");
      break;
    }
    if (line.problem == nullptr) {
      visit(line);
    } else {
      report.record();
      report.bad(line.number, line.problem);
    }
  }
  if (!bytes.problem().empty()) report.cut(line.number, bytes.problem());
}

}  // namespace isthmus::ip2as
