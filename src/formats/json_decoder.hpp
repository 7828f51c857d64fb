#pragma once
// Archives of JSON, whatever mixture of RIPE Atlas and scamper results they hold. One thread.

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <utility>

#include "formats/archive_decoder.hpp"
#include "formats/json_records.hpp"
#include "formats/record.hpp"
#include "formats/scamper_json.hpp"

namespace isthmus::formats {

class JsonDecoder final : public ArchiveReader::Decoder {
 public:
  explicit JsonDecoder(StreamWindow window) : records_(std::move(window)) {}
  bool step(Observation& into, bool& holds_observation, ArchiveSummary& summary) override;

 private:
  [[nodiscard]] RecordKind read(const JsonRecord& record, Observation& into, std::string& format);
  void count(RecordKind kind, const JsonRecord& record, bool& holds_observation, ArchiveSummary& summary);

  JsonRecords records_;
  ScamperJsonReader scamper_;
  TracesOfRecord more_;
  Observation spare_;  // Memory for the kind that the last result was not of.
  simdjson::dom::parser parser_;
  std::string why_;
  bool ended_{false};
};

}  // namespace isthmus::formats
