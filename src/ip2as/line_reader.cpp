#include "ip2as/line_reader.hpp"

#include <algorithm>

namespace isthmus::ip2as {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

bool LineReader::next(Line& line) {
  carried_.clear();
  bool too_long = false;
  bool begun = false;
  while (true) {
    if (rest_.empty()) rest_ = bytes_.next();
    if (rest_.empty()) {
      if (!begun) return false;
      finish(line, carried_, too_long);
      line.has_end = false;
      return true;
    }
    begun = true;
    const std::size_t end = rest_.find('\n');
    const std::string_view part = rest_.substr(0, end);
    too_long = too_long || carried_.size() + part.size() > kLongestLine;
    if (end != std::string_view::npos) {
      finish(line, carried_.empty() || too_long ? part : carried_.append(part), too_long);
      rest_.remove_prefix(end + 1);
      return true;
    }
    if (!too_long) carried_ += part;
    rest_ = {};
  }
}

void LineReader::finish(Line& line, std::string_view text, bool too_long) {
  if (number_ == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.ends_with('\r')) text.remove_suffix(1);
  line.number = ++number_;
  line.text = text;
  line.has_end = true;
  line.problem = nullptr;
  if (too_long) {
    line.problem = "the line is too long to be text";
  } else if (std::ranges::any_of(text, is_control)) {
    line.problem = "holds binary data";
  }
}

}  // namespace isthmus::ip2as
