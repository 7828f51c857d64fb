#pragma once
// Archives of scamper's warts format. Where the bytes are no record, it looks for the next one, counts what it had to
// leave out with its offset, and goes on. One thread.

#include <cstdint>
#include <string_view>
#include <utility>

#include "formats/archive_decoder.hpp"
#include "formats/stream_window.hpp"
#include "formats/warts_reader.hpp"

namespace isthmus::formats {

[[nodiscard]] bool is_warts(std::string_view start);

class WartsDecoder final : public ArchiveReader::Decoder {
 public:
  /// A longer record is none.
  static constexpr std::size_t kLongest = std::size_t{16} << 20;

  explicit WartsDecoder(StreamWindow window) : window_(std::move(window)) {}
  bool step(Observation& into, bool& holds_observation, ArchiveSummary& summary) override;

 private:
  bool read_record(Observation& into, bool& holds_observation, ArchiveSummary& summary);
  /// Whether that many bytes can be seen.
  bool reach(std::size_t size);
  /// Whether a whole record stands at that place, and another one, or the end, behind it.
  bool is_record(std::size_t at);
  void skip_to_record(ArchiveSummary& summary, const char* why);

  StreamWindow window_;
  WartsReader reader_;
  TracesOfRecord more_;
  bool ended_{false};
};

}  // namespace isthmus::formats
