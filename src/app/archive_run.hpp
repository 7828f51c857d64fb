#pragma once
// Archives of observations, one after the other, with a line that shows how far it is. Main thread only.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/formats/archive.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

struct ArchiveSize {
  std::uint64_t bytes{0};
  bool packed{false};  ///< Then bytes say little about how far its reading is.
};
/// Nothing for what is no regular file.
[[nodiscard]] std::optional<ArchiveSize> archive_size(const std::string& path);

struct ArchiveTotals {
  std::uint64_t traces{0};
  std::uint64_t bad{0};     ///< Records that were skipped.
  std::uint64_t unread{0};  ///< Archives that could not be read at all.
};

/// Reads all archives ("-" is standard input) and hands over each trace, valid until the next one. Tells on standard
/// error what each archive held and which records were bad; the others are used.
ArchiveTotals read_archives(const std::vector<std::string>& files, const std::function<void(const Trace&)>& take);

/// "traces.json: 1,200 traces, 3 bad records", then "  traces.json:17: why" for each bad record that is known.
[[nodiscard]] std::string summary_text(const formats::ArchiveSummary& summary);

}  // namespace isthmus::app
