#pragma once
// Archives of JSON, whatever mixture of RIPE Atlas and scamper results they hold. One thread.

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>

#include "formats/archive_decoder.hpp"
#include "formats/json_records.hpp"
#include "formats/record.hpp"

namespace isthmus::formats {

class JsonDecoder final : public ArchiveReader::Decoder {
 public:
  explicit JsonDecoder(std::unique_ptr<ByteStream> bytes) : records_(std::move(bytes)) {}
  bool step(Observation& into, bool& holds_observation, ArchiveSummary& summary) override;

 private:
  [[nodiscard]] RecordKind read(const JsonRecord& record, Observation& into, std::string& format);

  JsonRecords records_;
  simdjson::dom::parser parser_;
  std::string why_;
  bool ended_{false};
};

}  // namespace isthmus::formats
