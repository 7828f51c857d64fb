#include "formats/json_records.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace isthmus::formats {
namespace {

// How much of a stream is looked at to tell its shape.
constexpr std::size_t kLook = std::size_t{64} << 10;
constexpr std::size_t kLongestFirstKey = 64;

constexpr const char* kTooLong = "longer than 16 MiB";
constexpr const char* kNoEnd = "the file ends in the middle of a result";
constexpr const char* kCut = "cut in the middle";
constexpr const char* kGarbage = "text between results";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t first_not_space(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_space) - text.begin());
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(first_not_space(text));
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// `{"fw"` of a text that begins with an object; empty when that is not to be seen.
std::string_view first_key_of(std::string_view text) {
  text = text.substr(0, kLongestFirstKey);
  const std::size_t quote = text.find('"');
  const std::size_t end = quote == std::string_view::npos ? quote : text.find('"', quote + 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

// Which bytes end a run without meaning: bit 0 outside of strings, bit 1 inside.
constexpr std::array<std::uint8_t, 256> kMeaning = [] {
  std::array<std::uint8_t, 256> table{};
  table['"'] = 3;
  table['{'] = 3;
  table['}'] = 1;
  table['\\'] = 2;
  table['\n'] = 2;
  return table;
}();

}  // namespace

bool JsonRecords::next(JsonRecord& into) {
  if (shape_ == Shape::unknown) shape_ = look_at_shape();
  return shape_ == Shape::lines ? next_line(into) : next_object(into);
}

// Lines, unless the text begins with an array or with an object that goes on over several lines.
JsonRecords::Shape JsonRecords::look_at_shape() {
  while (window_.text().size() < kLook && window_.more()) {
  }
  const std::string_view text = trimmed(window_.text().substr(0, kLook));
  if (text.starts_with('[')) return Shape::objects;
  if (!text.starts_with('{')) return Shape::lines;
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos || trimmed(text.substr(0, line_end)).ends_with('}')) return Shape::lines;
  // The first line does not end an object: it was cut, if the next one begins as it does.
  const std::string_view key = first_key_of(text);
  return !key.empty() && trimmed(text.substr(line_end)).starts_with(key) ? Shape::lines : Shape::objects;
}

void JsonRecords::take(JsonRecord& into, std::size_t size, const char* why) {
  into = {.text = window_.text().substr(0, size), .line = window_.line(), .offset = window_.offset(), .why = why};
  window_.drop(size);
  scanned_ = depth_ = inner_ = 0;
  in_string_ = false;
}

bool JsonRecords::next_line(JsonRecord& into) {
  const char* why = nullptr;
  while (true) {
    const std::size_t end = window_.text().find('\n', scanned_);
    if (end == std::string_view::npos) {
      scanned_ = window_.text().size();
      if (why == nullptr && scanned_ > kLongest) {
        take(into, 0, kTooLong);
        why = kTooLong;
      }
      if (why != nullptr) {
        // What comes until the line ends belongs to it, and is dropped as it comes.
        window_.drop(window_.text().size());
        scanned_ = 0;
      }
      if (window_.more()) continue;
      if (why != nullptr) return true;
      take(into, window_.text().size(), nullptr);
    } else if (why != nullptr) {
      window_.drop(end + 1);
      scanned_ = 0;
      return true;
    } else {
      take(into, end + 1, nullptr);
    }
    into.text = trimmed(into.text);
    if (!into.text.empty()) return true;
    if (window_.text().empty() && window_.ended()) return false;
  }
}

bool JsonRecords::next_object(JsonRecord& into) {
  into.why = nullptr;
  if (!seek_object(into)) return into.why != nullptr;
  while (true) {
    const Scan scan = scan_object();
    if (scan == Scan::complete) {
      may_nest_ |= first_object_ && inner_ > 0;
      first_object_ = false;
      take(into, scanned_, nullptr);
      return true;
    }
    const bool too_long = window_.text().size() > kLongest;
    if (scan == Scan::needs_more && !too_long && window_.more()) continue;
    const char* why = scan == Scan::cut ? kCut : too_long ? kTooLong : kNoEnd;
    lost_ = inner_ == 0;
    take(into, inner_ > 0 ? inner_ : window_.text().size(), inner_ > 0 ? kCut : why);
    return true;
  }
}

bool JsonRecords::seek_object(JsonRecord& into) {
  if (lost_) seek_first_key();
  while (true) {
    const std::string_view text = window_.text();
    const std::size_t at = text.find_first_not_of(" \t\r\n,[]");
    window_.drop(std::min(at, text.size()));
    if (at != std::string_view::npos) break;
    if (!window_.more()) return false;
  }
  if (window_.text().starts_with('{')) {
    if (first_key_.empty()) learn_first_key();
    return true;
  }
  std::size_t end = 0;
  while ((end = window_.text().find('{')) == std::string_view::npos && window_.text().size() < kLongest) {
    if (!window_.more()) break;
  }
  take(into, std::min(end, window_.text().size()), kGarbage);
  return false;
}

// After a result without an end, braces do not tell any more where one begins.
void JsonRecords::seek_first_key() {
  lost_ = false;
  const std::string key = first_key_.empty() ? "\n{" : first_key_;
  while (true) {
    const std::size_t at = window_.text().find(key);
    if (at != std::string_view::npos) return window_.drop(at);
    // The key may stand half in what was read.
    window_.drop(window_.text().size() - std::min(window_.text().size(), key.size() - 1));
    if (!window_.more()) return window_.drop(window_.text().size());
  }
}

void JsonRecords::learn_first_key() {
  while (window_.text().size() < kLongestFirstKey && window_.more()) {
  }
  first_key_ = first_key_of(window_.text());
  if (first_key_.empty()) return;
  // Results of mixed kinds may begin with what begins an answer in another: then only whole results are told apart.
  static constexpr std::array<std::string_view, 10> kOfResults{"fw",  "af",     "addr",     "avg",     "type",
                                                               "lts", "msm_id", "dst_addr", "endtime", "bundle"};
  const std::string_view name = std::string_view(first_key_).substr(first_key_.find('"') + 1);
  may_nest_ = std::ranges::find(kOfResults, name.substr(0, name.size() - 1)) == kOfResults.end();
}

JsonRecords::Scan JsonRecords::scan_object() {
  const std::string_view text = window_.text();
  std::uint8_t meaning = in_string_ ? 2 : 1;
  std::size_t at = scanned_;
  for (; at < text.size(); ++at) {
    if ((kMeaning[static_cast<unsigned char>(text[at])] & meaning) == 0) continue;
    switch (text[at]) {
      case '"':
        in_string_ = !in_string_;
        meaning = in_string_ ? 2 : 1;
        break;
      case '\\': ++at; break;
      case '{':
        if (const Scan scan = scan_brace(text, at); scan != Scan::complete) {
          scanned_ = at;
          return scan;
        }
        break;
      case '}':
        if (--depth_ > 0) break;
        scanned_ = at + 1;
        return Scan::complete;
      default:  // A line feed inside a string, which JSON does not have (RFC 8259 section 7).
        if (inner_ == 0) inner_ = at;
        return Scan::cut;
    }
  }
  scanned_ = at;  // One beyond the window when a backslash is its last byte: what it escapes is skipped then.
  return Scan::needs_more;
}

// Complete: the brace is counted and the scan goes on.
JsonRecords::Scan JsonRecords::scan_brace(std::string_view text, std::size_t at) {
  const std::string_view ahead = text.substr(at, first_key_.size());
  if (at > 0 && !first_key_.empty() && std::string_view(first_key_).starts_with(ahead)) {
    if (ahead.size() < first_key_.size() && !window_.ended()) return Scan::needs_more;
    if (ahead.size() == first_key_.size()) {
      if (inner_ == 0) inner_ = at;
      // In a string it would end the string and stand where no JSON goes on.
      if (in_string_ || !(first_object_ || may_nest_)) return Scan::cut;
    }
  }
  if (!in_string_) ++depth_;
  return Scan::complete;
}

}  // namespace isthmus::formats
