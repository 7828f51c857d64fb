#include "formats/json_decoder.hpp"

#include "formats/atlas_result.hpp"

namespace isthmus::formats {

bool JsonDecoder::step(Observation& into, bool& holds_observation, ArchiveSummary& summary) {
  holds_observation = more_.hand_out(into, summary);
  if (holds_observation) return true;
  JsonRecord record;
  const bool any = !ended_ && records_.next(record);
  const StreamWindow& window = records_.window();
  summary.bytes = window.bytes_read();
  if (any) {
    count(read(record, into, summary.format), record, holds_observation, summary);
  } else if (!ended_ && !window.problem().empty()) {
    count_bad(summary, window.line(), window.offset(), window.problem());
  }
  ended_ = !any;
  return any;
}

void JsonDecoder::count(RecordKind kind, const JsonRecord& record, bool& holds_observation, ArchiveSummary& summary) {
  switch (kind) {
    case RecordKind::trace:
      holds_observation = more_.traces.empty();
      summary.traces += holds_observation ? 1 : 0;
      break;
    case RecordKind::ping:
      holds_observation = true;
      ++summary.pings;
      break;
    case RecordKind::other: ++summary.other; break;
    case RecordKind::bad:
    case RecordKind::foreign:
      more_.traces.clear();
      count_bad(summary, record.line, record.offset, why_);
      break;
  }
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
  RecordKind kind = read_atlas_result(object, into, spare_, why_);
  if (kind != RecordKind::foreign && format.empty()) format = "atlas";
  if (kind != RecordKind::foreign) return kind;
  kind = scamper_.read(object, into, more_.traces, why_);
  if (kind != RecordKind::foreign && format.empty()) format = "scamper-json";
  return kind;
}

}  // namespace isthmus::formats
