#include "telemetry/text_sink.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "isthmus/formats/utf8.hpp"

namespace isthmus::telemetry {
namespace {

std::string_view word_of(Kind kind) {
  switch (kind) {
    case Kind::gauge: return "gauge";
    case Kind::counter: return "counter";
    case Kind::histogram: return "histogram";
  }
  return "untyped";
}

// Up to here every whole number is a double.
constexpr double kExact = 9007199254740992.0;
// Between these no exponent is needed.
constexpr double kLeastFixed = 1e-5;
constexpr double kMostFixed = 1e15;

// Of "# HELP name help\n# TYPE name kind\n" without names, help and kind.
constexpr std::size_t kHeaderFrame = sizeof("# HELP  \n# TYPE  histogram\n");
// `,le="` and so on, the longest number in it.
constexpr std::size_t kBucketLabel = sizeof(R"(,le="")") + NumberText::kLongest;
constexpr std::size_t kSuffix = sizeof("_bucket");
// Braces, blank and line feed.
constexpr std::size_t kLineFrame = 4;

// Needs no care at all.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

// From here on a page fault for every 4 KiB of the body is a third of the work.
constexpr std::size_t kHuge = std::size_t{8} << 20;

// Where the kernel gives huge pages to those who ask; elsewhere nothing is lost.
void advise_huge_pages(char* start, std::size_t bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(start) + page - 1) / page * page;
  const auto last = (reinterpret_cast<std::uintptr_t>(start) + bytes) / page * page;
  if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace

std::string label_text(std::string_view name, std::string_view value) {
  const bool whole = value.size() <= kLongestLabel;
  if (!whole) {
    value = value.substr(0, kLongestLabel);
    // Not in the middle of a character.
    while (!value.empty() && (static_cast<unsigned char>(value.back()) & 0xC0U) == 0x80U) value.remove_suffix(1);
    if (!value.empty() && static_cast<unsigned char>(value.back()) >= 0xC0U) value.remove_suffix(1);
  }
  std::string text;
  text.reserve(name.size() + value.size() + 8);
  text.append(name).append("=\"");
  if (whole && std::ranges::all_of(value, is_plain)) return text.append(value).append("\"");
  for (const char c : formats::valid_utf8(value)) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  text += whole ? "\"" : "...\"";
  return text;
}

NumberText::NumberText(std::uint64_t value) { set(value); }

NumberText::NumberText(double value) {
  const bool is_whole = value >= 0 && value < kExact && std::trunc(value) == value && !std::signbit(value);
  if (is_whole) {
    set(static_cast<std::uint64_t>(value));
  } else if (std::isfinite(value)) {
    set(value);
  } else {
    set(std::isnan(value) ? std::string_view("NaN") : std::string_view(value > 0 ? "+Inf" : "-Inf"));
  }
}

template <typename Number>
void NumberText::set(Number value) {
  char* const start = text_.data() + kBefore;
  text_[0] = '}';
  text_[1] = ' ';
  if constexpr (std::is_same_v<Number, std::string_view>) {
    size_ = value.copy(start, kLongest);
  } else if constexpr (std::is_floating_point_v<Number>) {
    // Buckets are told apart by the text of their bound, and everybody else's exporter writes 0.0005, not 5e-04.
    const Number size = std::abs(value);
    const bool is_handy = size >= kLeastFixed && size < kMostFixed;
    const auto written = std::to_chars(start, start + kLongest, value,
                                       is_handy ? std::chars_format::fixed : std::chars_format::scientific);
    size_ = static_cast<std::size_t>(written.ptr - start);
  } else {
    size_ = static_cast<std::size_t>(std::to_chars(start, start + kLongest, value).ptr - start);
  }
  start[size_] = '\n';
}

TextSink::TextSink(std::size_t bytes) {
  body_.reserve(bytes);
  if (bytes >= kHuge) advise_huge_pages(body_.data(), body_.capacity());
}

void TextSink::begin(const FamilyInfo& family) {
  family_ = family;
  header_due_ = true;
  opening_.assign(family.name).append("{");
}

void TextSink::put(std::string_view text) {
  if (text.size() > lines_.size() - used_) {
    flush();
    if (text.size() > lines_.size()) {
      body_.append(text);
      return;
    }
  }
  std::memcpy(lines_.data() + used_, text.data(), text.size());
  used_ += text.size();
}

void TextSink::flush() {
  body_.append(lines_.data(), used_);
  used_ = 0;
}

void TextSink::put_header() {
  if (!std::exchange(header_due_, false)) return;
  put("# HELP ");
  put(family_.name);
  put(" ");
  put(family_.help);
  put("\n# TYPE ");
  put(family_.name);
  put(" ");
  put(word_of(family_.kind));
  put("\n");
}

// `opening` ends with a brace.
void TextSink::put_labels(std::string_view opening, Labels labels, const NumberText& value) {
  bool is_first = true;
  for (const std::string_view label : labels) {
    if (label.empty()) continue;
    put(std::exchange(is_first, false) ? opening : ",");
    put(label);
  }
  if (!is_first) return put(value.ending_after_labels());
  put(opening.substr(0, opening.size() - 1));
  put(value.ending());
}

void TextSink::add_line(Labels labels, const NumberText& value) {
  put_header();
  put_labels(opening_, labels, value);
}

void TextSink::name_buckets(std::span<const double> bounds) {
  if (bounds.data() == bounds_.data() && bounds.size() == bounds_.size()) return;
  bounds_ = bounds;
  buckets_.clear();
  for (const double bound : bounds) buckets_.push_back("le=\"" + std::string(NumberText(bound).text()) + "\"");
  buckets_.emplace_back("le=\"+Inf\"");
}

// All its lines begin alike.
void TextSink::add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum) {
  put_header();
  name_buckets(bounds);
  series_.assign(family_.name).append("_bucket{");
  for (const std::string_view label : labels) {
    if (!label.empty()) series_.append(label).append(",");
  }
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    count += counts[i];
    put(series_);
    put(buckets_[i]);
    put(NumberText(count).ending_after_labels());
  }
  put_labels(series_.assign(family_.name).append("_sum{"), labels, NumberText(sum));
  put_labels(series_.assign(family_.name).append("_count{"), labels, NumberText(count));
}

std::string TextSink::take() && {
  flush();
  return std::move(body_);
}

void SizeSink::begin(const FamilyInfo& family) {
  family_ = family;
  header_due_ = true;
}

void SizeSink::count_line(Labels labels, std::size_t lines, std::size_t suffixes) {
  if (std::exchange(header_due_, false)) bytes_ += kHeaderFrame + 2 * family_.name.size() + family_.help.size();
  std::size_t line = family_.name.size() + kLineFrame + NumberText::kLongest + suffixes;
  for (const std::string_view label : labels) line += label.size() + 1;
  series_ += lines;
  bytes_ += lines * line;
}

void SizeSink::add(Labels labels, double) { count_line(labels, 1, 0); }
void SizeSink::add(Labels labels, std::uint64_t) { count_line(labels, 1, 0); }

void SizeSink::add(Labels labels, std::span<const double>, std::span<const std::uint64_t> counts, double) {
  count_line(labels, counts.size() + 2, kSuffix + kBucketLabel);
}

}  // namespace isthmus::telemetry
