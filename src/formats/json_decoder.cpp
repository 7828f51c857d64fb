#include "formats/json_decoder.hpp"

#include "formats/atlas_result.hpp"

namespace isthmus::formats {

bool JsonDecoder::step(Observation& into, bool& holds_observation, ArchiveSummary& summary) {
  JsonRecord record;
  const bool any = !ended_ && records_.next(record);
  const StreamWindow& window = records_.window();
  summary.bytes = window.bytes_read();
  if (!any) {
    if (!ended_ && !window.problem().empty()) count_bad(summary, window.line(), window.offset(), window.problem());
    ended_ = true;
    return false;
  }
  const RecordKind kind = read(record, into, summary.format);
  holds_observation = kind == RecordKind::trace || kind == RecordKind::ping;
  switch (kind) {
    case RecordKind::trace: ++summary.traces; break;
    case RecordKind::ping: ++summary.pings; break;
    case RecordKind::other: ++summary.other; break;
    case RecordKind::bad:
    case RecordKind::foreign: count_bad(summary, record.line, record.offset, why_); break;
  }
  return true;
}

RecordKind JsonDecoder::read(const JsonRecord& record, Observation& into, std::string& format) {
  why_ = record.why == nullptr ? "" : record.why;
  if (record.why != nullptr) return RecordKind::bad;
  simdjson::dom::element root;
  const auto status = parser_.parse(record.text.data(), record.text.size(), false).get(root);
  if (status != simdjson::SUCCESS) why_ = std::string("no valid JSON: ") + simdjson::error_message(status);
  if (status != simdjson::SUCCESS) return RecordKind::bad;
  simdjson::dom::object object;
  why_ = "no result of a measurement";
  if (root.get(object) != simdjson::SUCCESS) return RecordKind::bad;
  const RecordKind kind = read_atlas_result(object, into, why_);
  if (kind != RecordKind::foreign && format.empty()) format = "atlas";
  return kind;
}

}  // namespace isthmus::formats
