#pragma once
// Responses made smaller (RFC 1952). Values of one thread.

#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace isthmus::telemetry {

/// Whether "br;q=1, gzip;q=0.5" wants gzip at all (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// Compresses a text in steps, so that whoever else waits for the thread gets a turn.
class Gzip {
 public:
  explicit Gzip(std::string text);
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// The next part; false when there was none left.
  bool step();
  /// All of it, after the last step.
  [[nodiscard]] std::string take();

 private:
  std::string text_;
  std::size_t taken_{0};
  std::string packed_;
  z_stream stream_{};
};

}  // namespace isthmus::telemetry
