#pragma once
// The JSON that scamper's sc_warts2json prints, read into the model: traces, pings and MDA traceroutes. Also as
// traceroute-caller (M-Lab) stores it: with a line of its own before it, or as parts of one object. One thread.

#include <string>
#include <string_view>
#include <vector>

#include "formats/json_value.hpp"
#include "formats/mda_flows.hpp"
#include "formats/record.hpp"

namespace isthmus::formats {

/// What a measurement says about itself.
struct ScamperFields;

class ScamperJsonReader {
 public:
  /// As WartsReader::read(); `why` is set for RecordKind::bad.
  [[nodiscard]] RecordKind read(const JsonObject& root, Observation& into, std::vector<Trace>& more, std::string& why);

 private:
  [[nodiscard]] std::string vantage_of(const ScamperFields& fields) const;
  bool read_trace(const ScamperFields& fields, Trace& into, std::string& why) const;
  bool read_ping(const ScamperFields& fields, PingSeries& into, std::string& why) const;
  bool read_mda(const ScamperFields& fields, std::vector<Trace>& into, std::string& why);

  std::string host_;  // Of the latest cycle.
  MdaFlows flows_;
};

}  // namespace isthmus::formats
