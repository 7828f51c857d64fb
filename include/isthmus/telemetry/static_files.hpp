#pragma once
// The files of the web page, embedded in the binary. Written by the build from src/telemetry/web; there are none in a
// build without Node. Immutable; any thread.

#include <span>
#include <string_view>

namespace isthmus::telemetry {

struct StaticFile {
  std::string_view path;  ///< As requested: "/" or "/assets/app-BfYx1a.js".
  std::string_view content_type;
  std::string_view body;
  std::string_view gzip;  ///< The same, compressed; empty where that would save nothing.
  std::string_view etag;  ///< With its quotes.
  bool immutable{false};  ///< Its name changes with its content.
};

/// Those that were built in. Defined by the library isthmus_web.
[[nodiscard]] std::span<const StaticFile> web_files();

}  // namespace isthmus::telemetry
