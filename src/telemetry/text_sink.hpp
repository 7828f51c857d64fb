#pragma once
// The Prometheus text format, version 0.0.4: a sink that writes it, and one that says beforehand how much it will be.
// Own code because a page may have millions of lines: objects for each series took 1.9 s and 3.5 times the body in
// memory where this takes a tenth and the body alone (tests/bench/telemetry). Not shared between threads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/series_sink.hpp"

namespace isthmus::telemetry {

/// The shortest text that reads back as the same number, and what stands around it in a line.
class NumberText {
 public:
  explicit NumberText(double value);
  explicit NumberText(std::uint64_t value);
  [[nodiscard]] std::string_view text() const { return {text_.data() + kBefore, size_}; }
  /// ` 12` and a line feed.
  [[nodiscard]] std::string_view ending() const { return {text_.data() + 1, size_ + 2}; }
  /// `} 12` and a line feed.
  [[nodiscard]] std::string_view ending_after_labels() const { return {text_.data(), size_ + 3}; }
  static constexpr std::size_t kLongest = 24;  ///< "-2.2250738585072014e-308"

 private:
  template <typename Number>
  void set(Number value);

  static constexpr std::size_t kBefore = 2;
  std::array<char, kBefore + kLongest + 1> text_;
  std::size_t size_{0};
};

class TextSink final : public SeriesSink {
 public:
  using SeriesSink::add;
  /// Room for `bytes` is made at once: a body that grows would be there twice while it moves.
  explicit TextSink(std::size_t bytes);

  void begin(const FamilyInfo& family) override;
  void add(Labels labels, double value) override { add_line(labels, NumberText(value)); }
  void add(Labels labels, std::uint64_t value) override { add_line(labels, NumberText(value)); }
  void add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum) override;

  [[nodiscard]] std::string take() &&;

 private:
  void add_line(Labels labels, const NumberText& value);
  void put_header();
  void put_labels(std::string_view opening, Labels labels, const NumberText& value);
  void put(std::string_view text);
  void flush();
  void name_buckets(std::span<const double> bounds);

  std::string body_;
  // Lines are put together here, where the processor's cache is, and go to the body many at a time.
  std::array<char, 16384> lines_;
  std::size_t used_{0};
  FamilyInfo family_{};
  std::string opening_;  // Its name and a brace.
  bool header_due_{false};
  std::span<const double> bounds_{};  // What these were made from:
  std::vector<std::string> buckets_;  // `le="0.5"` and so on.
  std::string series_;                // Name and labels of the histogram at hand.
};

/// Counts series and bytes.
class SizeSink final : public SeriesSink {
 public:
  using SeriesSink::add;
  void begin(const FamilyInfo& family) override;
  void add(Labels labels, double value) override;
  void add(Labels labels, std::uint64_t value) override;
  void add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum) override;

  [[nodiscard]] std::uint64_t series() const { return series_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< At most so many.

 private:
  void count_line(Labels labels, std::size_t lines, std::size_t suffixes);
  FamilyInfo family_{};
  bool header_due_{false};
  std::uint64_t series_{0};
  std::size_t bytes_{0};
};

}  // namespace isthmus::telemetry
