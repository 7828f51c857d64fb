#pragma once
// Cuts a stream of JSON into its results: one on each line, or the objects of big arrays, whichever it is. Only finds
// where they begin and end; a result that was cut in the middle costs itself, not those behind it. One thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "formats/stream_window.hpp"

namespace isthmus::formats {

/// One result as it stands in the stream.
struct JsonRecord {
  std::string_view text{};   ///< StreamWindow::kReadable bytes behind it can be read.
  std::uint64_t line{0};     ///< Where it starts, from 1.
  std::uint64_t offset{0};   ///< Where it starts, in bytes of unpacked text.
  const char* why{nullptr};  ///< Why it is none; nullptr when it may be one.
};

class JsonRecords {
 public:
  /// Anything longer is no result.
  static constexpr std::size_t kLongest = std::size_t{16} << 20;

  explicit JsonRecords(StreamWindow window) : window_(std::move(window)) {}

  /// False at the end. The record lives until the next call.
  bool next(JsonRecord& into);
  [[nodiscard]] const StreamWindow& window() const { return window_; }

 private:
  enum class Shape : std::uint8_t { unknown, lines, objects };
  enum class Scan : std::uint8_t { complete, cut, needs_more };
  [[nodiscard]] Shape look_at_shape();
  bool next_line(JsonRecord& into);
  bool next_object(JsonRecord& into);
  /// To the next '{'. Nothing but the punctuation of arrays may stand before it, anything else becomes a record.
  bool seek_object(JsonRecord& into);
  void seek_first_key();
  void learn_first_key();
  [[nodiscard]] Scan scan_object();
  [[nodiscard]] Scan scan_brace(std::string_view text, std::size_t at);
  void take(JsonRecord& into, std::size_t size, const char* why);

  StreamWindow window_;
  Shape shape_{Shape::unknown};

  // Of the object that is being scanned; positions count from the window's start.
  std::size_t scanned_{0};
  std::size_t depth_{0};
  bool in_string_{false};
  std::size_t inner_{0};  // Where what looks like the next result begins; 0 when nothing does.

  // `{"fw":`, or however else the results of this stream begin: where it stands inside a result, that one was cut.
  std::string first_key_;
  bool first_object_{true};
  bool may_nest_{false};  // Unless objects inside whole results begin so, too.
  bool lost_{false};      // The last result never ended: only the first key shows where the next one begins.
};

}  // namespace isthmus::formats
