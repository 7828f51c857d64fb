#include "formats/warts_decoder.hpp"

namespace isthmus::formats {
namespace {

constexpr std::uint16_t kLastType = 0x20;

struct Header {
  std::uint16_t magic;
  std::uint16_t type;
  std::uint32_t size;
  [[nodiscard]] bool is_sound() const {
    return magic == kWartsMagic && type > 0 && type <= kLastType && size <= WartsDecoder::kLongest;
  }
};

Header header_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i])); };
  return {.magic = static_cast<std::uint16_t>(byte(0) << 8 | byte(1)),
          .type = static_cast<std::uint16_t>(byte(2) << 8 | byte(3)),
          .size = byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7)};
}

}  // namespace

bool is_warts(std::string_view start) {
  return start.size() >= kWartsHeader && header_at(start, 0).magic == kWartsMagic;
}

bool WartsDecoder::step(Observation& into, bool& holds_observation, ArchiveSummary& summary) {
  holds_observation = more_.hand_out(into, summary);
  if (holds_observation) return true;
  const bool any = !ended_ && read_record(into, holds_observation, summary);
  summary.bytes = window_.bytes_read();
  if (!any && !ended_ && !window_.problem().empty()) count_bad(summary, 0, window_.offset(), window_.problem());
  ended_ = !any;
  return any;
}

bool WartsDecoder::reach(std::size_t size) {
  while (window_.text().size() < size) {
    if (!window_.more()) return false;
  }
  return true;
}

bool WartsDecoder::read_record(Observation& into, bool& holds_observation, ArchiveSummary& summary) {
  if (!reach(1)) return false;
  const bool has_header = reach(kWartsHeader);
  const Header header = has_header ? header_at(window_.text(), 0) : Header{};
  if (has_header && !header.is_sound()) {
    skip_to_record(summary, "no record begins here");
    return true;
  }
  if (!has_header || !reach(kWartsHeader + header.size)) {
    skip_to_record(summary, "the file ends in the middle of a record");
    return true;
  }
  summary.format = "warts";
  const std::string_view bytes = window_.text().substr(kWartsHeader, header.size);
  const RecordKind kind = reader_.read(static_cast<WartsType>(header.type), bytes, into, more_.traces);
  if (kind == RecordKind::bad) {
    more_.traces.clear();
    count_bad(summary, 0, window_.offset(), "a record that does not follow its format");
  }
  summary.other += kind == RecordKind::other ? 1 : 0;
  holds_observation = more_.traces.empty() && (kind == RecordKind::trace || kind == RecordKind::ping);
  if (holds_observation) ++(kind == RecordKind::trace ? summary.traces : summary.pings);
  window_.drop(kWartsHeader + header.size);
  return true;
}

bool WartsDecoder::is_record(std::size_t at) {
  if (!reach(at + kWartsHeader)) return false;
  const Header header = header_at(window_.text(), at);
  const std::size_t end = at + kWartsHeader + header.size;
  if (!header.is_sound() || !reach(end)) return false;
  return !reach(end + kWartsHeader) || header_at(window_.text(), end).is_sound();
}

// A length that is wrong makes the bytes behind it look like the inside of a record, so the search begins right behind
// the header.
void WartsDecoder::skip_to_record(ArchiveSummary& summary, const char* why) {
  count_bad(summary, 0, window_.offset(), why);
  std::size_t at = 1;
  while (reach(at + kWartsHeader)) {
    const std::size_t found = window_.text().find("\x12\x05", at);
    at = found == std::string_view::npos ? window_.text().size() - 1 : found;
    if (found != std::string_view::npos && is_record(at)) return window_.drop(at);
    if (found != std::string_view::npos) ++at;
    // What was looked at need not be kept.
    window_.drop(at);
    at = 0;
  }
  window_.drop(window_.text().size());
}

}  // namespace isthmus::formats
